#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

/* Swift sees no function-like macros and no variadic functions: those that we call are functions here. */

static inline void openssl_set_modes(SSL_CTX *context) {
  SSL_CTX_set_mode(
    context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}

static inline void openssl_disable_session_cache(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline int openssl_set_minimum_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}

static inline int openssl_set_host_name(SSL *session, const char *name) {
  return (int)SSL_set_tlsext_host_name(session, name);
}

static inline void openssl_bio_want_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void openssl_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline EVP_PKEY *openssl_make_p256_key(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"); }

/* The bytes that a memory BIO holds; they belong to the BIO. */
static inline long openssl_memory_bio_bytes(BIO *bio, char **start) { return BIO_get_mem_data(bio, start); }

/* An X.509 extension of a certificate that signs itself, or NULL. */
static inline X509_EXTENSION *openssl_make_extension(X509 *certificate, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
  return X509V3_EXT_conf_nid(NULL, &context, nid, value);
}
