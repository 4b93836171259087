/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/pem.h"

#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_KEY_BYTES	      ((size_t)64 << 10)
#define PEM_CERTIFICATE_BYTES ((size_t)1 << 20)
#define PEM_LIST_BYTES	      ((size_t)16 << 20)

CLEANUP_DEFINE(BIO *, BIO_free, pem_bio_freep);

struct pem_file {
	char *bytes;
	size_t n;
	bool secret;
};

void pem_certificates_freep(STACK_OF(X509) * *certificates)
{
	sk_X509_pop_free(*certificates, X509_free);
}

void pem_lists_freep(STACK_OF(X509_CRL) * *lists)
{
	sk_X509_CRL_pop_free(*lists, X509_CRL_free);
}

int pem_fault_or(int outcome)
{
	unsigned long error;
	bool short_of_memory = false;

	while ((error = ERR_get_error()) != 0)
		short_of_memory |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
	return short_of_memory ? -ENOMEM : outcome;
}

static void pem_file_done(struct pem_file *file)
{
	if (file->bytes && file->secret)
		OPENSSL_cleanse(file->bytes, file->n);
	free(file->bytes);
}

static void pem_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static int pem_refuse_file(struct refusal *refusal, const char *path, int error)
{
	return refusal_set(refusal, path, "cannot be read: %s", strerror(error));
}

static int pem_check_secret(const struct stat *status, const char *path, struct refusal *refusal)
{
	if ((status->st_mode & (S_IRWXO | S_IWGRP)) != 0)
		return refusal_set(refusal, path,
			"its mode is %04o, so that others can read or write this private key; use "
			"chmod 0600 (0640 for a group that may read it)",
			(unsigned)(status->st_mode & 07777));
	return PEM_DONE;
}

/* Reads the @n bytes of the file, or as many as there are. 0, or a negative errno. */
static int pem_read_bytes(int fd, struct pem_file *file)
{
	size_t n = 0;

	while (n < file->n) {
		ssize_t got = read(fd, file->bytes + n, file->n - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	file->n = n;
	return 0;
}

static int pem_read_file(
	const char *path, size_t limit, struct pem_file *file, struct refusal *refusal)
{
	_cleanup_(pem_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	int r;

	if (fd < 0 || fstat(fd, &status) < 0)
		return pem_refuse_file(refusal, path, errno);
	if (!S_ISREG(status.st_mode))
		return refusal_set(refusal, path, "it is not a regular file");
	if (status.st_size <= 0 || (size_t)status.st_size > limit)
		return refusal_set(refusal, path, "it has %lld bytes, and 1 to %zu are read",
			(long long)status.st_size, limit);
	if (file->secret && pem_check_secret(&status, path, refusal) != PEM_DONE)
		return PEM_E_REFUSED;

	file->n = (size_t)status.st_size;
	file->bytes = malloc(file->n);
	if (!file->bytes)
		return -ENOMEM;
	r = pem_read_bytes(fd, file);
	return r < 0 ? pem_refuse_file(refusal, path, -r) : PEM_DONE;
}

/* Without it OpenSSL would ask the terminal. */
static int pem_no_password(char *buffer, int size, int writing, void *data)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)data;
	return -1;
}

/* The end of a file is the one error that is none. */
static bool pem_is_end(void)
{
	unsigned long error = ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static int pem_end(const char *path, const char *what, int n, struct refusal *refusal)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	if (!pem_is_end())
		(void)refusal_set(refusal, path, "%s %d of this file cannot be read: %s", what,
			n + 1, reason ? reason : "unknown error");
	else if (n > 0)
		return pem_fault_or(PEM_DONE);
	else
		(void)refusal_set(refusal, path, "there is no %s in PEM in this file", what);
	return pem_fault_or(PEM_E_REFUSED);
}

int pem_load_certificates(const char *path, STACK_OF(X509) * *ret, struct refusal *refusal)
{
	_cleanup_(pem_file_done) struct pem_file file = { 0 };
	_cleanup_(pem_certificates_freep) STACK_OF(X509) *certificates = NULL;
	_cleanup_(pem_bio_freep) BIO *bio = NULL;
	X509 *certificate;
	int r;

	r = pem_read_file(path, PEM_CERTIFICATE_BYTES, &file, refusal);
	if (r != PEM_DONE)
		return r;
	ERR_clear_error();
	certificates = sk_X509_new_null();
	bio = BIO_new_mem_buf(file.bytes, (int)file.n);
	if (!certificates || !bio)
		return -ENOMEM;
	while ((certificate = PEM_read_bio_X509(bio, NULL, pem_no_password, NULL)) != NULL) {
		if (sk_X509_push(certificates, certificate) > 0)
			continue;
		X509_free(certificate);
		return -ENOMEM;
	}
	r = pem_end(path, "certificate", sk_X509_num(certificates), refusal);
	if (r == PEM_DONE)
		*ret = cleanup_take(certificates);
	return r;
}

int pem_load_lists(const char *path, STACK_OF(X509_CRL) * *ret, struct refusal *refusal)
{
	_cleanup_(pem_file_done) struct pem_file file = { 0 };
	_cleanup_(pem_lists_freep) STACK_OF(X509_CRL) *lists = NULL;
	_cleanup_(pem_bio_freep) BIO *bio = NULL;
	X509_CRL *list;
	int r;

	r = pem_read_file(path, PEM_LIST_BYTES, &file, refusal);
	if (r != PEM_DONE)
		return r;
	ERR_clear_error();
	lists = sk_X509_CRL_new_null();
	bio = BIO_new_mem_buf(file.bytes, (int)file.n);
	if (!lists || !bio)
		return -ENOMEM;
	while ((list = PEM_read_bio_X509_CRL(bio, NULL, pem_no_password, NULL)) != NULL) {
		if (sk_X509_CRL_push(lists, list) > 0)
			continue;
		X509_CRL_free(list);
		return -ENOMEM;
	}
	r = pem_end(path, "revocation list", sk_X509_CRL_num(lists), refusal);
	if (r == PEM_DONE)
		*ret = cleanup_take(lists);
	return r;
}

int pem_load_key(const char *path, EVP_PKEY **ret, struct refusal *refusal)
{
	_cleanup_(pem_file_done) struct pem_file file = { .secret = true };
	_cleanup_(pem_bio_freep) BIO *bio = NULL;
	EVP_PKEY *key;
	int r;

	r = pem_read_file(path, PEM_KEY_BYTES, &file, refusal);
	if (r != PEM_DONE)
		return r;
	ERR_clear_error();
	bio = BIO_new_mem_buf(file.bytes, (int)file.n);
	if (!bio)
		return -ENOMEM;
	key = PEM_read_bio_PrivateKey(bio, NULL, pem_no_password, NULL);
	if (!key) {
		(void)refusal_set(refusal, path,
			"there is no private key in PEM without a password in this file");
		return pem_fault_or(PEM_E_REFUSED);
	}
	*ret = key;
	return PEM_DONE;
}
