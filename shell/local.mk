# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completion for bash and zsh, where both look for it by themselves.

EXTRA_DIST += shell/iommufleetctl.bash
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = shell/_iommufleetctl

bashcompletiondir = $(datadir)/bash-completion/completions
nodist_bashcompletion_DATA = shell/iommufleetctl
CLEANFILES += shell/iommufleetctl

# Bash takes the file that has the command's name.
shell/iommufleetctl: shell/iommufleetctl.bash
	$(AM_V_GEN)$(MKDIR_P) shell && cp $(top_srcdir)/shell/iommufleetctl.bash $@
