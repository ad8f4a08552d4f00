#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

/* Swift sees no function-like macros and no variadic functions: those that we call are functions here. */

static inline void openssl_set_modes(SSL_CTX *context) {
  SSL_CTX_set_mode(
    context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
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

/* Calls `found` with each DNS name, URI and e-mail address (GEN_DNS, GEN_URI, GEN_EMAIL) that a certificate is for. */
static inline void openssl_each_alternative_name(
  X509 *certificate, void *context, void (*found)(void *context, int kind, const unsigned char *text, int length)) {
  GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
  for (int index = 0; index < sk_GENERAL_NAME_num(names); index++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (name->type == GEN_DNS || name->type == GEN_URI || name->type == GEN_EMAIL)
      found(context, name->type, ASN1_STRING_get0_data(name->d.ia5), ASN1_STRING_length(name->d.ia5));
  }
  GENERAL_NAMES_free(names);
}

/* Refuses client certificates that are on a PEM file's lists of revoked ones; how many lists it has, 0 for none. */
static inline int openssl_load_revocations(SSL_CTX *context, const char *path) {
  X509_STORE *store = SSL_CTX_get_cert_store(context);
  X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
  if (lookup == NULL) return 0;
  int count = X509_load_crl_file(lookup, path, X509_FILETYPE_PEM);
  if (count > 0) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  return count;
}

/* Seconds since 1970 (UTC), or -1 for what is no time. */
static inline long long openssl_unix_seconds(const ASN1_TIME *time) {
  struct tm parts;
  if (ASN1_TIME_to_tm(time, &parts) != 1) return -1;
  return (long long)timegm(&parts);
}

/* How names are written by X509_NAME_print_ex. */
static const unsigned long openssl_rfc2253 = XN_FLAG_RFC2253;

/* Keys and signatures of JSON Web Tokens. */

static inline int openssl_is_p256(EVP_PKEY *key) {
  char group[32];
  size_t length = 0;
  return EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1 && strcmp(group, "prime256v1") == 0;
}

static inline void openssl_free_secret(unsigned char *bytes, size_t length) { OPENSSL_clear_free(bytes, length); }

static inline EVP_PKEY *openssl_key_of(const char *type, OSSL_PARAM *parameters) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  if (context != NULL && EVP_PKEY_fromdata_init(context) == 1)
    if (EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) key = NULL;
  EVP_PKEY_CTX_free(context);
  ERR_clear_error();
  return key;
}

/* The public key of a point of P-256, or NULL when it is not on the curve. */
static inline EVP_PKEY *openssl_p256_key(const unsigned char *point, size_t length) {
  OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_utf8_string("group", (char *)"prime256v1", 0),
    OSSL_PARAM_construct_octet_string("pub", (void *)point, length),
    OSSL_PARAM_construct_end(),
  };
  return openssl_key_of("EC", parameters);
}

/* The public RSA key of a modulus and an exponent, the highest byte first. */
static inline EVP_PKEY *openssl_rsa_key(
  const unsigned char *modulus, size_t modulus_length, const unsigned char *exponent, size_t exponent_length) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
  BIGNUM *n = BN_bin2bn(modulus, (int)modulus_length, NULL);
  BIGNUM *e = BN_bin2bn(exponent, (int)exponent_length, NULL);
  OSSL_PARAM *parameters = NULL;
  if (build != NULL && n != NULL && e != NULL && OSSL_PARAM_BLD_push_BN(build, "n", n) == 1 &&
      OSSL_PARAM_BLD_push_BN(build, "e", e) == 1)
    parameters = OSSL_PARAM_BLD_to_param(build);
  if (parameters != NULL) key = openssl_key_of("RSA", parameters);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(build);
  BN_free(n);
  BN_free(e);
  return key;
}

/* An ECDSA signature as r and s, 32 bytes each, out of DER; 1 when it worked. */
static inline int openssl_raw_signature(const unsigned char *der, size_t length, unsigned char *raw) {
  const unsigned char *next = der;
  ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &next, (long)length);
  if (signature == NULL) return 0;
  int worked = BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, 32) == 32 &&
               BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + 32, 32) == 32;
  ECDSA_SIG_free(signature);
  return worked;
}

/* The opposite: the length of the DER, or 0 when it does not fit. */
static inline int openssl_der_signature(const unsigned char *raw, unsigned char *der, size_t room) {
  ECDSA_SIG *signature = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(raw, 32, NULL);
  BIGNUM *s = BN_bin2bn(raw + 32, 32, NULL);
  if (signature == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(signature, r, s) != 1) {
    ECDSA_SIG_free(signature);
    BN_free(r);
    BN_free(s);
    return 0;
  }
  unsigned char *next = der;
  int length = i2d_ECDSA_SIG(signature, NULL);
  length = length > 0 && (size_t)length <= room ? i2d_ECDSA_SIG(signature, &next) : 0;
  ECDSA_SIG_free(signature);
  return length;
}

/* When the certificate that a context shows ends, in seconds since 1970; -1 when it shows none. */
static inline long long openssl_certificate_end(SSL_CTX *context) {
  X509 *certificate = SSL_CTX_get0_certificate(context);
  ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
  int days = 0, seconds = 0;
  int worked = certificate != NULL && epoch != NULL &&
               ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate)) == 1;
  ASN1_TIME_free(epoch);
  return worked ? (long long)days * 86400 + seconds : -1;
}
