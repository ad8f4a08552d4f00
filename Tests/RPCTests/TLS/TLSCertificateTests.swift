import Glibc
import Testing

@testable import RPC

@Suite struct TLSCertificateTests {
  let directory = TemporaryDirectory()

  @Test func `the key is its owner's alone, and the second run keeps it`() throws {
    let first = try DevelopmentCertificate.make(in: directory.path)
    #expect(first.isNew)
    var status = stat()
    #expect(stat(first.privateKeyPath, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(try !DevelopmentCertificate.make(in: directory.path).isNew)
  }

  @Test func `an expired certificate is made anew`() throws {
    _ = try DevelopmentCertificate.make(in: directory.path, validitySeconds: -60)
    #expect(try DevelopmentCertificate.make(in: directory.path).isNew)
    #expect(try !DevelopmentCertificate.make(in: directory.path).isNew)
  }

  @Test func `a damaged pair is made anew`() throws {
    let first = try DevelopmentCertificate.make(in: directory.path)
    #expect(truncate(first.privateKeyPath, 20) == 0)
    #expect(try DevelopmentCertificate.make(in: directory.path).isNew)
  }

  @Test func `an absent directory is an error that names it`() {
    #expect(throws: TLSError.unusableFile(path: "/nowhere/at/all", reason: "No such file or directory")) {
      try DevelopmentCertificate.make(in: "/nowhere/at/all")
    }
  }

  @Test func `a reloaded context serves the new certificate; a failed reload keeps the old`() throws {
    let first = try DevelopmentCertificate.make(in: directory.path, validitySeconds: 3600)
    let source = try ReloadableTLSContext(
      TLSConfiguration(certificateChainPath: first.certificatePath, privateKeyPath: first.privateKeyPath))
    let before = source.current
    #expect(truncate(first.certificatePath, 0) == 0)
    #expect(throws: TLSError.self) { try source.reload() }
    #expect(source.current === before)
    let second = try DevelopmentCertificate.make(in: directory.path)
    #expect(second.isNew)
    try source.reload()
    #expect(source.current !== before)
    let client = try TLSContext(
      client: TLSClientConfiguration(serverName: "localhost", trust: .roots(path: second.certificatePath)))
    let pair = try TLSPair(server: source.current, client: client)
    try pair.shakeHands()
    #expect(pair.client.isEstablished)
  }

  @Test(arguments: ["certificate", "key"])
  func `a missing file is an error that names it`(missing: String) throws {
    let made = try DevelopmentCertificate.make(in: directory.path)
    let absent = "\(directory.path)/absent.pem"
    let error = #expect(throws: TLSError.self) {
      try TLSContext(
        server: TLSConfiguration(
          certificateChainPath: missing == "certificate" ? absent : made.certificatePath,
          privateKeyPath: missing == "key" ? absent : made.privateKeyPath))
    }
    #expect(error == .unusableFile(path: absent, reason: "No such file or directory"))
  }

  @Test func `with a client authority, strangers stay outside`() throws {
    let made = try DevelopmentCertificate.make(in: directory.path)
    let server = try TLSContext(
      server: TLSConfiguration(
        certificateChainPath: made.certificatePath, privateKeyPath: made.privateKeyPath,
        clients: ClientVerification(authorityPath: made.certificatePath)))
    let client = try TLSContext(
      client: TLSClientConfiguration(serverName: "localhost", trust: .roots(path: made.certificatePath)))
    let pair = try TLSPair(server: server, client: client)
    #expect(throws: TLSError.self) { try pair.shakeHands() }
    #expect(!pair.server.isEstablished)
  }
}
