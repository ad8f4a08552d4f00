import Testing

@testable import RPC

@Suite("Router")
struct RouterTests {
  private static let apart = [
    ("alike in length, in the middle and at the end", ["FullDuplexCall", "HalfDuplexCall"]),
    ("alike but for the last letter", ["GetProductA", "GetProductB", "GetProductC"]),
    ("alike but for the first letter", ["aGetProduct", "bGetProduct", "cGetProduct"]),
    ("one the other's beginning", ["Get", "GetAll", "GetAllProducts"]),
    ("alone", ["Get"]),
    ("none", []),
  ]

  @Test("methods are told apart whatever their names are", .timeLimit(.minutes(5)), arguments: apart)
  func tellsApart(_ names: (String, [String])) throws {
    let paths = names.1.map { "/grpc.testing.TestService/\($0)" }
    let router = try #require(Router(paths.map(Self.method)))
    for path in paths { #expect(Self.find(path, in: router) == path) }
    for path in paths { #expect(Self.find(path + "x", in: router) == nil) }
    for unknown in ["", "/", "/a.B/Get", "/grpc.testing.TestService/FullDuplexCalL"] {
      #expect(Self.find(unknown, in: router) == nil)
    }
  }

  @Test("a large service has a slot for each method")
  func findsEachOfMany() throws {
    let paths = (0..<100).map { "/package.LargeService/Method\($0)" }
    let router = try #require(Router(paths.map(Self.method)))
    #expect(paths.allSatisfy { Self.find($0, in: router) == $0 })
  }

  @Test("two methods cannot share a path")
  func refusesTwins() {
    #expect(Router([Self.method("/a.Service/Get"), Self.method("/a.Service/Get")]) == nil)
  }

  private static func method(_ path: String) -> RPC.Method { Method(path: path, kind: .unary) { _ in } }

  private static func find(_ path: String, in router: Router) -> String? {
    Array(path.utf8).withUnsafeBufferPointer { router.find($0)?.path }
  }
}
