import FastShopAPI
import Protobuf
import RPC
import Testing

@Suite("Messages have an end: protobuf-c reads as deep as the bytes say")
struct MessageDepthTests {
  static let services = fastshopAPIServices

  @Test("every service of the .proto files is looked at")
  func everyService() {
    let declared = SourceTree.files.filter { $0.isUnder("Proto/fastshop") && $0.has(".proto") }.map(ProtoFile.init)
      .flatMap { file in
        file.elements.filter { $0.kind == .service }.map { "\(file.package).\($0.name)" }
      }
    #expect(Set(Self.services.map(\.fullName)) == Set(declared))
  }

  @Test("no message that is sent or received can contain itself", arguments: services.flatMap(\.methods).map(\.path))
  func noCycle(path: String) throws {
    let method = try #require(Self.services.flatMap(\.methods).first { $0.path == path })
    for message in [method.input.descriptor, method.output.descriptor] {
      #expect(Self.cycle(from: message, above: []) == nil)
    }
  }

  /// The names of the messages on a way from a message to itself, if there is one.
  private static func cycle(from message: MessageDescriptor, above: [MessageDescriptor]) -> [String]? {
    let way = above + [message]
    if above.contains(message) { return way.map(\.fullName) }
    for field in message.fields {
      if let part = field.message, let cycle = cycle(from: part, above: way) { return cycle }
    }
    return nil
  }
}
