# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Completion of iommufleetctl for bash, read when it is first wanted. The program itself says what
# can follow: see client/completion.h and client/completion_offer.h.

_iommufleetctl() {
	local line=${COMP_LINE:0:COMP_POINT} blanks word candidate sign before=
	local -a words=()
	local -i i

	# Bash cuts words at "=" and ":"; what has no blank before it belongs to the word before.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		blanks=${line%%[![:blank:]]*}
		line=${line#"$blanks"}
		word=$line
		((i == COMP_CWORD)) || word=${COMP_WORDS[i]}
		line=${line#"$word"}
		if ((i == 0)) || [[ $blanks ]]; then
			words+=("$word")
		else
			words[-1]+=$word
		fi
	done

	# As the shell does before it runs the command.
	for ((i = 0; i + 1 < ${#words[@]}; i++)); do
		words[i]=${words[i]/#"~/"/"$HOME/"}
	done

	# Only what is behind the last cut is replaced.
	word=${words[-1]}
	for sign in = :; do
		if [[ $COMP_WORDBREAKS == *"$sign"* && $word == *"$sign"* ]]; then
			candidate=${word%"${word##*"$sign"}"}
			((${#candidate} <= ${#before})) || before=$candidate
		fi
	done

	COMPREPLY=()
	while IFS= read -r candidate; do
		case $candidate in
		:files) compopt -o default 2>/dev/null ;;
		:folders) compopt -o dirnames 2>/dev/null ;;
		*)
			candidate=${candidate%%$'\t'*}
			[[ $candidate != *= ]] || compopt -o nospace 2>/dev/null
			COMPREPLY+=("${candidate#"$before"}")
			;;
		esac
	done < <("${words[0]}" --complete "${words[@]:1}" 2>/dev/null)
}

complete -F _iommufleetctl iommufleetctl
