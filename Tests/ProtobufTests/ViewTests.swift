import Protobuf
import TestAPI
import Testing

@Suite("Generated views")
struct ViewTests {
  @Test("an optional field knows whether it is set, also to its default")
  func optionals() throws {
    let message = Optionals(in: Arena())
    #expect(message.int32Value == nil && message.stringValue == nil && message.color == nil && message.scalars == nil)
    message.int32Value = 0
    message.stringValue = ""
    message.bytesValue = Bytes()
    message.color = .unspecified
    message.boolValue = false
    message.scalars = Scalars(in: message.storage.arena)
    let again = try Optionals(decoding: try message.encoded(), in: Arena())
    #expect(again.int32Value == 0 && again.stringValue?.isEmpty == true && again.bytesValue?.isEmpty == true)
    #expect(again.color == .unspecified && again.boolValue == false && again.doubleValue == nil && again.scalars != nil)
    again.int32Value = nil
    #expect(again.int32Value == nil)
  }

  @Test("a oneof holds the last that was set")
  func oneofs() throws {
    let choice = Choice(in: Arena())
    #expect(choice.kind == nil)
    choice.kind = .text("first")
    choice.kind = .number(7)
    guard case .number(7) = try Choice(decoding: try choice.encoded(), in: Arena()).kind else {
      Issue.record("not the number")
      return
    }
    choice.kind = .data(choice.storage.arena.bytes([1, 2]))
    guard case .data(let raw) = try Choice(decoding: try choice.encoded(), in: Arena()).kind else {
      Issue.record("not the bytes")
      return
    }
    #expect(raw.array == [1, 2])
    choice.kind = nil
    #expect(try choice.encoded().isEmpty)
  }

  @Test("names that C, Swift or the view itself use are usable")
  func namesThatClash() {
    let choice = Awkward(in: Arena())
    choice.description = "a description"
    choice.default = true
    choice.storageField = 3
    choice.selfField = "itself"
    choice.imageURL = "https://example.com/"
    choice.variantIDs.append("v")
    #expect(choice.description == "a description" && choice.default && choice.storageField == 3)
  }

  @Test("maps find, replace, remove and travel")
  func maps() throws {
    let arena = Arena()
    let maps = Maps(in: arena)
    maps.byString["a"] = "1"
    maps.byString["b"] = "2"
    maps.byString["a"] = "3"
    maps.byInt64[9] = 1 << 40
    maps.bySint64[-7] = .negative
    let inner = Scalars(in: arena)
    inner.int64Value = 5
    maps.byInt32[-1] = inner
    let again = try Maps(decoding: try maps.encoded(), in: Arena())
    #expect(
      again.byString.count == 2 && again.byString["a"] == "3" && again.byString["b"] == "2"
        && again.byString["c"] == nil)
    #expect(again.byInt64[9] == 1 << 40 && again.bySint64[-7] == .negative && again.byInt32[-1]?.int64Value == 5)
    again.byString["a"] = nil
    #expect(again.byString.entries.map(\.key.string) == ["b"])
  }

  @Test("the last of several entries for a key counts, and a key or value that is absent is the default")
  func mapsFromOutside() throws {
    let entry: [UInt8] = [0x0a, 0x06, 0x0a, 0x01, 0x61, 0x12, 0x01]
    let maps = try Maps(decoding: entry + [0x31] + entry + [0x32] + [0x12, 0x00], in: Arena())
    #expect(maps.byString["a"] == "2")
    #expect(maps.byInt32[0]?.int64Value == 0)
  }

  @Test("an enum keeps a value that it does not know")
  func unknownEnumValues() throws {
    let scalars = Scalars(in: Arena())
    scalars.color = .unrecognized(99)
    #expect(try Scalars(decoding: try scalars.encoded(), in: Arena()).color == .unrecognized(99))
    #expect(Color(rawValue: -1) == .negative && Color.knownCases.count == 4)
  }

  @Test("a view keeps its arena alive, whatever else is let go")
  func viewsKeepArenas() throws {
    func onlyText() throws -> Text {
      let bytes = try Self.tree().encoded()
      return try Tree(decoding: bytes, in: Arena()).branches[0].label
    }
    let texts = try (0..<50).map { _ in try onlyText() }
    #expect(texts.allSatisfy { $0 == "branch" })
    let list = Self.tree().branches
    #expect(list.map(\.label.string) == ["branch"])
  }

  @Test("what comes from another arena is copied")
  func copiesAcrossArenas() {
    let target = Arena()
    let tree = Tree(in: target)
    do {
      let other = Arena()
      tree.label = other.text("from elsewhere")
      tree.next = Self.tree()
      tree.branches = Self.tree().branches
      other.reset()
      _ = other.text("something else altogether")
    }
    #expect(tree.label == "from elsewhere" && tree.next?.branches[0].label == "branch")
    #expect(tree.branches[0].label == "branch")
  }

  @Test("what is in a kept arena is shared, and stays as long as it is pointed at")
  func sharesWithAKeptArena() {
    let arena = Arena()
    let outer = Tree(in: arena)
    do {
      let shelf = Arena()
      let inner = Tree(in: shelf)
      inner.label = shelf.text("on the shelf")
      arena.keep(shelf)
      outer.branches.append(inner)
      outer.label = inner.label
      inner.label = "changed"
    }
    arena.keep(Arena())
    #expect(outer.branches[0].label == "changed" && outer.label == "on the shelf")
  }

  @Test("a message of the same arena is shared")
  func sharesWithinAnArena() {
    let arena = Arena()
    let inner = Tree(in: arena)
    let outer = Tree(in: arena)
    outer.next = inner
    inner.label = "changed"
    #expect(outer.next?.label == "changed")
    outer.next = nil
    #expect(outer.next == nil)
  }

  private static func tree() -> Tree {
    let arena = Arena()
    let tree = Tree(in: arena)
    tree.branches.appendNew().label = arena.text("branch")
    return tree
  }
}
