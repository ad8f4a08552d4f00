import Testing

@testable import Credentials

@Suite struct PasswordHashTests {
  private static let cheap = PasswordHash.Cost(memoryKiB: 64, passes: 1)

  @Test func aHashMatchesItsPasswordAlone() throws {
    let hash = try #require(PasswordHash(of: "correct horse", cost: Self.cheap))
    #expect(hash.text.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
    #expect(hash.matches("correct horse"))
    #expect(!hash.matches("correct horsf"))
    #expect(!hash.matches("correct horse\0"))
    #expect(!hash.matches(""))
  }

  @Test func twoHashesOfOnePasswordDiffer() throws {
    let hashes = try (0..<2).map { _ in try #require(PasswordHash(of: "same", cost: Self.cheap)) }
    #expect(hashes[0] != hashes[1])
  }

  /// A known answer, made by the reference program of Argon2.
  @Test func aHashOfTheReferenceImplementationMatches() {
    let hash = PasswordHash(
      text: "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
    #expect(hash.matches("password"))
    #expect(!hash.matches("Password"))
    #expect(hash.isOutdated())
  }

  @Test func bcryptMatchesAndIsOutdated() {
    // A vector of the original distribution.
    let hash = PasswordHash(text: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
    #expect(hash.matches("U*U"))
    #expect(!hash.matches("U*V"))
    #expect(!hash.matches("U*U\0"))
    #expect(hash.isOutdated())
  }

  @Test func costsThatChangedMakeAHashOutdated() throws {
    let hash = try #require(PasswordHash(of: "x", cost: Self.cheap))
    #expect(!hash.isOutdated(for: Self.cheap))
    #expect(hash.isOutdated(for: .usual))
  }

  @Test(arguments: ["", "$argon2id$", "$2b$", "plain", "$2b$10$short", "*0"])
  func nonsenseMatchesNothing(_ text: String) {
    #expect(!PasswordHash(text: text).matches("plain"))
    #expect(!PasswordHash(text: text).matches(""))
  }
}
