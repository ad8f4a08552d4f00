import Testing

@testable import fastshop

@Suite struct ObjectStoreTests {
  @Test func aStoreNeedsAllOfItsSettings() throws {
    let none = try ObjectStoreSettings(SettingSource(environment: [:]))
    #expect(none == nil)
    let url = "FASTSHOP_AUDIT_STORE_URL"
    for environment in [
      [url: "https://s3.example/heads"], [url: "ftp://s3.example/heads"], [url: "https://s3.example/a?b"],
      [url: "https://user@s3.example/heads"],
    ] {
      #expect(throws: SettingError.self) { try ObjectStoreSettings(SettingSource(environment: environment)) }
    }
  }
}
