import IdentityAPI
import Platform
import Protobuf
import RPC
import Testing

/// `update_mask` of an update that changes `name` and `limit` of an API key.
@Suite struct UpdateMaskTests {
  private static let fields = ["name", "limit"]

  /// What a mask and a key change; nil for what is refused.
  private static let cases: [(String, mask: [String]?, key: String?, changes: [String]?)] = [
    ("no mask, one field set", nil, "{\"name\": \"a\"}", ["name"]),
    ("an empty mask, both set", [], "{\"name\": \"a\", \"limit\": {}}", ["name", "limit"]),
    ("no mask, other fields set too", nil, "{\"id\": \"1\", \"limit\": {}}", ["limit"]),
    ("no mask, nothing set", nil, "{\"id\": \"1\"}", nil),
    ("no mask, no key", nil, nil, nil),
    ("everything", ["*"], "{}", ["name", "limit"]),
    ("everything, no key", ["*"], nil, ["name", "limit"]),
    ("a field that is not set", ["limit"], "{\"name\": \"a\"}", ["limit"]),
    ("both, one twice", ["limit", "name", "limit"], "{}", ["name", "limit"]),
    ("everything and a field", ["*", "name"], "{}", nil),
    ("a field that stays", ["scopes"], "{}", nil),
    ("a part of a field", ["limit.burst"], "{}", nil),
    ("a field beside one that stays", ["name", "create_time"], "{}", nil),
    ("no field", ["nothing"], "{}", nil),
    ("no field inside one", ["limit.nothing"], "{}", nil),
    ("a field inside a list", ["scopes.x"], "{}", nil),
    ("an empty path", [""], "{}", nil),
    ("the name in JSON", ["createTime"], "{}", nil),
  ]

  @Test(arguments: cases.indices)
  func aMaskNamesTheFieldsThatChange(index: Int) throws {
    let (name, paths, json, changes) = Self.cases[index]
    let arena = Arena()
    let mask = paths.map { paths in
      let mask = FieldMask(in: arena)
      for path in paths { mask.paths.append(arena.text(path)) }
      return mask
    }
    var check = RequestCheck()
    let read = check.updateMask(mask, of: try json.map { try ApiKey(json: $0, in: arena) }, changing: Self.fields)
    guard let changes else {
      let error = #expect(throws: RPCError.self, "\(name)") { try check.verify() }
      #expect(error?.code == .invalidArgument && Set(error?.fields ?? []) == ["update_mask"], "\(name)")
      return
    }
    try check.verify()
    #expect(Self.fields.filter(read.contains) == changes, "\(name)")
  }

  @Test("what is set and cannot be changed is named, and a request may be allowed to change nothing")
  func fixedFields() throws {
    let key = try ApiKey(json: "{\"id\": \"1\", \"create_time\": \"2026-01-01T00:00:00Z\"}", in: Arena())
    var check = RequestCheck()
    #expect(check.updateMask(nil, of: key, changing: Self.fields, canBeEmpty: true).isEmpty)
    try check.verify()
    _ = check.updateMask(nil, of: key, changing: Self.fields)
    let error = #expect(throws: RPCError.self) { try check.verify() }
    #expect(error?.message.hasSuffix("What is set cannot be changed here: create_time.") == true)
  }
}
