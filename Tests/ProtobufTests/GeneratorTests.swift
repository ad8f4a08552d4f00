import Foundation
import Testing

@Suite("The generator")
struct GeneratorTests {
  private static let refused: [(name: String, proto: String, options: String, sentence: String)] = [
    (
      "a JSON name of its own", "message A { string a_b = 1 [json_name = \"other\"]; }", "",
      "t.v1.A.a_b: json_name must be the usual one, aB"
    ),
    (
      "a message that looks like a map's entry",
      "message A { message TagsEntry { string key = 1; string value = 2; } repeated TagsEntry tags = 1; }", "",
      "t.v1.A.tags: a repeated TagsEntry that is no map looks like one"
    ),
    (
      "a name that Swift keeps for itself", "message Self {}", "",
      "t.v1.Self cannot be Self in Swift: give rename=t.v1.Self:NAME"
    ),
    (
      "a name that enums inherit from", "message A { message ProtobufEnum {} }", "",
      "t.v1.A.ProtobufEnum cannot be ProtobufEnum in Swift"
    ),
    (
      "a message that is called like a service's client",
      "message ShopClient {} service Shop { rpc Get(ShopClient) returns (ShopClient); }", "",
      "t.v1.Shop and t.v1.ShopClient would both be ShopClient in Swift"
    ),
    ("a package without a module", "message A {}", "emit=list", "t.proto is in no known Swift module"),
    (
      "two types of one name", "message A {} message B {}", "rename=t.v1.B:A",
      "t.v1.B and t.v1.A would both be A in Swift"
    ),
    ("an option that does not exist", "message A {}", "colour=red", "there is no option 'colour'"),
    ("an option without a value", "message A {}", "module", "option 'module' is not of the form NAME=VALUE"),
  ]

  @Test("says what it cannot do", arguments: refused.indices)
  func refuses(index: Int) throws {
    let (_, proto, options, sentence) = Self.refused[index]
    try Self.generate(proto, options: options) { run, _ in
      #expect(run.status != 0)
      #expect(run.text.contains(sentence), "\(run.text)")
    }
  }

  @Test("proto2 is refused")
  func refusesProto2() throws {
    try Self.generate("message A { optional int32 a = 1; }", syntax: "proto2") { run, _ in
      #expect(run.text.contains("t.proto: only proto3 files have Swift views"))
    }
  }

  @Test("of a bare file only the descriptor is written")
  func bareFile() throws {
    try Self.generate("message A { optional int32 a = 1; }", options: "bare=t.proto", syntax: "proto2") { run, folder in
      #expect(run.status == 0, "\(run.text)")
      let text = try String(contentsOf: folder.appending(path: "t.swift"), encoding: .utf8)
      #expect(text.contains("public let t_file = Protobuf::FileDescriptor("))
      #expect(!text.contains("struct A"))
    }
  }

  @Test("the list of all services is written where it is asked for")
  func listOfServices() throws {
    let proto = "message A {} service Shop { rpc Get(A) returns (A); }"
    for (options, isThere) in [("services=allServices", true), ("", false)] {
      try Self.generate(proto, options: options) { _, folder in
        let text = try String(contentsOf: folder.appending(path: "ApiFiles.swift"), encoding: .utf8)
        #expect(text.contains("let allServices: [RPC::ServiceDescriptor] = [\n  shopServiceDescriptor,\n]") == isThere)
      }
    }
  }

  private static let written: [(name: String, proto: String, options: String, code: String)] = [
    ("a name as it is", "message A {}", "", "public struct A: Protobuf::Message {"),
    ("a prefix", "message A {}", "prefix=t.v1:T", "public struct TA: Protobuf::Message {"),
    ("another name", "message Text {}", "rename=t.v1.Text:Words", "public struct Words: Protobuf::Message {"),
    ("another access", "message A {}", "access=package", "package struct A: Protobuf::Message {"),
    ("initialisms", "message A { string image_url = 1; }", "", "var imageURL: Protobuf::Text {"),
    ("a keyword", "message A { bool default = 1; }", "", "var `default`: Swift::Bool {"),
    ("presence", "message A { optional int64 n = 1; }", "", "var n: Swift::Int64? {"),
    ("a message", "message A { A a = 1; }", "", "var a: API::A? {"),
    ("a list", "message A { repeated A a = 1; }", "", "var a: Protobuf::RepeatedField<API::A> {"),
    (
      "a map", "message A { map<int32, bytes> m = 1; }", "",
      "var m: Protobuf::MapField<Swift::Int32, Protobuf::Bytes> {"
    ),
    ("an enum", "enum Mood { MOOD_UNSPECIFIED = 0; MOOD_VERY_GOOD = 1; }", "", "case veryGood"),
    (
      "a oneof that is called like a type beside it", "message A { message Kind {} oneof kind { Kind a = 1; } }", "",
      "public var kind: OneofKind? {"
    ),
    (
      "a type that is hidden by a nested one", "message B {} message A { message B {} } message C { B b = 1; }",
      "module=M",
      "public var b: M::B? {"
    ),
    ("a comment", "// Why it is.\nmessage A {}", "", "/// Why it is.\npublic struct A"),
    (
      "a service", "message A {} service Shop { rpc Get(A) returns (A); }", "",
      "public protocol ShopService: RPC::RPCService {"
    ),
    (
      "what is said of a method", "message A {} service Shop {\n// Says \"A\".\nrpc Get(A) returns (A); }", "",
      "comment: \"Says \\\"A\\\".\""
    ),
    (
      "an extension",
      "import \"google/protobuf/descriptor.proto\"; extend google.protobuf.MethodOptions { bool a = 50000; }",
      "", ".init(extendee: \"google.protobuf.MethodOptions\", number: 50000),"
    ),
    (
      "a stream", "message A {} service ShopService { rpc Watch(A) returns (stream A); }", "module=M",
      "func watch(_ request: consuming M::A, _ responses: RPC::ResponseStream<M::A>, _ call: RPC::Call) async throws"
    ),
  ]

  @Test("writes Swift", arguments: written.indices)
  func writes(index: Int) throws {
    let (name, proto, options, code) = Self.written[index]
    try Self.generate(proto, options: options) { run, directory in
      #expect(run.status == 0, "\(name): \(run.text)")
      let text = try String(contentsOf: directory.appending(path: "t.swift"), encoding: .utf8)
      #expect(text.replacing("@inlinable ", with: "").contains(code), "\(name): \(text)")
    }
  }

  private static func generate(
    _ proto: String, options: String = "", syntax: String = "proto3", _ check: (ProgramRun, URL) throws -> Void
  ) throws {
    try ProgramRun.inTemporaryDirectory { directory in
      try "syntax = \"\(syntax)\";\npackage t.v1;\n\(proto)\n"
        .write(to: directory.appending(path: "t.proto"), atomically: true, encoding: .utf8)
      let arguments = [
        "protoc", "--plugin=protoc-gen-fastshop=\(try ProgramRun.generator())", "-I\(directory.path)",
        "--fastshop_out=\(directory.path)", "--fastshop_opt=\(options)", "t.proto",
      ]
      try check(try ProgramRun("/usr/bin/env", arguments), directory)
    }
  }
}
