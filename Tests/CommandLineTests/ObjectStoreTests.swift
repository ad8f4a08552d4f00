import EventLoop
import FoundationEssentials
import HTTPClient
import Testing

@testable import fastshop

@Suite struct ObjectStoreTests {
  /// Source: the example "GET Object" of AWS's documentation of signature version 4 for S3.
  @Test func aRequestIsSignedAsTheSpecificationsExampleIs() async throws {
    let settings = ObjectStoreSettings(
      url: "https://examplebucket.s3.amazonaws.com", host: "examplebucket.s3.amazonaws.com", path: "",
      region: "us-east-1", keyID: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      retentionDays: 1)
    let group = EventLoopGroup(count: 1)
    defer { Task.detached { group.shutdown() } }
    let store = ObjectStore(settings: settings, client: HTTPClient(on: group.loops[0]))
    let time = Date(timeIntervalSince1970: 1_369_353_600)
    let headers = store.signed("GET", "/test.txt", "", [("range", "bytes=0-9")], [], at: time)
    let signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    #expect(headers.last?.1.hasSuffix("Signature=\(signature)") == true)
    #expect(headers.contains { $0 == ("x-amz-date", "20130524T000000Z") })
  }

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
