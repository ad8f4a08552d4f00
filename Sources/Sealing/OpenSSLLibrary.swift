internal import COpenSSL

/// How this process uses OpenSSL.
public enum OpenSSLLibrary {
  /// Keeps OpenSSL usable until the process has ended: by default `exit` cleans it up while other threads may still use
  /// it, which crashes them. To be called before anything else of OpenSSL (OPENSSL_init_crypto(3)).
  public static func keepUntilEnd() { OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) }
}
