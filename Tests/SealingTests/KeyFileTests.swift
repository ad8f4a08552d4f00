import Foundation
import Testing

@testable import Sealing

@Suite struct KeyFileTests {
  private let folder: URL
  private var path: String { folder.appending(path: "keys").path }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "fastshop-keys-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func write(_ text: String, mode: Int = 0o600) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  @Test func theFirstStartCreatesAPrivateFile() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let made = try KeyFile(path: path).readOrMake()
    let again = try KeyFile(path: path).readOrMake()
    #expect(made.isNew && !again.isNew && made.keys.current.id == again.keys.current.id)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["keys"])
  }

  @Test func concurrentStartsShareOneKey() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = KeyFile(path: path)
    let ids = try await withThrowingTaskGroup(of: (KeyID, Bool).self) { group in
      for _ in 0..<20 {
        group.addTask {
          let made = try file.readOrMake()
          return (made.keys.current.id, made.isNew)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(ids.map(\.0)).count == 1 && ids.filter(\.1).count == 1)
  }

  @Test func aNewKeySealsAndTheOldOneStillOpens() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = KeyFile(path: path)
    let old = try file.readOrMake().keys.current
    let new = SecretKey()
    try file.add(new)
    let keys = try file.read()
    #expect(keys.current.id == new.id && keys.ids == [old.id, new.id])
  }

  @Test func aWorldReadableFileIsRefused() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write(SecretKey().text, mode: 0o644)
    #expect(throws: SealingError.self) { try KeyFile(path: path).read() }
    try write(SecretKey().text, mode: 0o640)
    #expect(throws: Never.self) { try KeyFile(path: path).read() }
  }

  static let texts: [(String, SealingError)] = [
    ("", .noKey(place: "K")), ("# none\n\n", .noKey(place: "K")), ("abc", .badKey(place: "K")),
    ("AAAAAAAAAAAAAAAAAAAAAA==", .badKey(place: "K")), ("not base64 at all", .badKey(place: "K")),
  ]

  @Test(arguments: texts)
  func whatIsNoKeyIsRefused(_ text: String, _ error: SealingError) {
    #expect(throws: error) { try Keyring(text: text, place: "K") }
  }

  @Test func keysAreSeparatedByLinesOrCommas() throws {
    let keys = (0..<3).map { _ in SecretKey() }
    let lines = "# ours\n" + keys.map { "\($0.text)  # of 2026\n" }.joined()
    let commas = keys.map(\.text).joined(separator: ",")
    for text in [lines, commas] {
      let ring = try Keyring(text: text, place: "K")
      #expect(ring.current.id == keys[0].id && ring.ids == Set(keys.map(\.id)))
    }
  }
}
