# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += daemon/exchange/libexchange.a
daemon_exchange_libexchange_a_SOURCES = \
	daemon/exchange/curl_loop.c \
	daemon/exchange/curl_loop.h \
	daemon/exchange/directory.c \
	daemon/exchange/directory.h \
	daemon/exchange/directory/class.c \
	daemon/exchange/directory/entry.c \
	daemon/exchange/directory/index.c \
	daemon/exchange/directory/member.c \
	daemon/exchange/directory/offer.c \
	daemon/exchange/directory/slot.c \
	daemon/exchange/directory/verify.c \
	daemon/exchange/directory/view.h \
	daemon/exchange/directory/class.h \
	daemon/exchange/directory/keeper.h \
	daemon/exchange/directory/member.h \
	daemon/exchange/envelope.c \
	daemon/exchange/envelope.h \
	daemon/exchange/http/account.c \
	daemon/exchange/http/account.h \
	daemon/exchange/http/connection.c \
	daemon/exchange/http/head.c \
	daemon/exchange/http/head.h \
	daemon/exchange/http/server.c \
	daemon/exchange/http/server.h \
	daemon/exchange/http/view.h \
	daemon/exchange/identity.c \
	daemon/exchange/identity.h \
	daemon/exchange/pem.c \
	daemon/exchange/pem.h \
	daemon/exchange/peers.h \
	daemon/exchange/peers/codec.c \
	daemon/exchange/peers/codec.h \
	daemon/exchange/peers/errand.c \
	daemon/exchange/peers/peers.c \
	daemon/exchange/peers/places.c \
	daemon/exchange/peers/places.h \
	daemon/exchange/peers/rounds.c \
	daemon/exchange/peers/serve.c \
	daemon/exchange/peers/serve.h \
	daemon/exchange/peers/talk.c \
	daemon/exchange/peers/talk.h \
	daemon/exchange/peers/view.h \
	daemon/exchange/revocation.c \
	daemon/exchange/revocation.h \
	daemon/exchange/signed_record.c \
	daemon/exchange/signed_record.h \
	daemon/exchange/tls.c \
	daemon/exchange/tls.h \
	daemon/exchange/trust.c \
	daemon/exchange/trust.h
