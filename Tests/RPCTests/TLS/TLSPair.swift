import Glibc

@testable import RPC

/// A client's and a server's session, with the wire between them in the test's hands.
struct TLSPair {
  let client: TLSSession
  let server: TLSSession
  /// How many bytes a delivery hands over at once.
  var bytesAtOnce = Int.max

  init(server serverContext: TLSContext, client clientContext: TLSContext) throws {
    server = try TLSSession(context: serverContext)
    client = try TLSSession(context: clientContext)
  }

  init(
    _ directory: TemporaryDirectory, serverMinimum: TLSVersion = .v1_3, clientMinimum: TLSVersion = .v1_3,
    offering: [String] = ["h2"], serving: [String] = ["h2"], name: String = "localhost"
  ) throws {
    let certificate = try DevelopmentCertificate.make(in: directory.path)
    let serverContext = try TLSContext(
      server: TLSConfiguration(
        certificateChainPath: certificate.certificatePath, privateKeyPath: certificate.privateKeyPath,
        minimumVersion: serverMinimum, applicationProtocols: serving))
    let clientContext = try TLSContext(
      client: TLSClientConfiguration(
        serverName: name, trust: .roots(path: certificate.certificatePath), minimumVersion: clientMinimum,
        applicationProtocols: offering))
    try self.init(server: serverContext, client: clientContext)
  }

  /// Carries everything from one side to the other; returns the plaintext that comes out.
  func deliver(from sender: TLSSession, to receiver: TLSSession) throws -> [UInt8] {
    var plaintext: [UInt8] = []
    var scratch = [UInt8](repeating: 0, count: 20_000)
    while sender.outgoing.count > 0 {
      let count = min(bytesAtOnce, sender.outgoing.count)
      let wire = Array(sender.outgoing.bytes.prefix(count))
      sender.outgoing.consume(count)
      try wire.withUnsafeBytes { bytes in
        receiver.feed(bytes)
        while true {
          let length = try scratch.withUnsafeMutableBytes { try receiver.read(into: $0) }
          if length == 0 { break }
          plaintext += scratch[..<length]
        }
      }
    }
    return plaintext
  }

  /// Back and forth until neither has anything to say.
  func shakeHands() throws {
    while client.outgoing.count + server.outgoing.count > 0 {
      _ = try deliver(from: client, to: server)
      _ = try deliver(from: server, to: client)
    }
  }
}

/// A directory of its own for a test, gone afterwards.
final class TemporaryDirectory {
  let path: String

  init() {
    var template = Array("/tmp/fastshop-tls-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      unlink("\(path)/\(name)")  // "." and ".." stay
    }
    closedir(folder)
    rmdir(path)
  }
}
