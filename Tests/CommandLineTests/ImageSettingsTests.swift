import ArgumentParser
import Testing

@testable import fastshop

@Suite struct ImageSettingsTests {
  private static func settings(_ flags: [String] = [], _ environment: [String: String] = [:]) throws -> ImageSettings {
    try ImageSettings(try ServeCommand.parse(flags).media, dataDirectory: "/data", environment: environment)
  }

  @Test("without settings, images are below the data, and their addresses are paths")
  func usual() throws {
    let settings = try Self.settings()
    #expect(settings.folder == "/data/media" && settings.urlPrefix.isEmpty && settings.bucket == nil)
  }

  @Test(
    "what precedes a path is an address without a slash at its end",
    arguments: [
      ("https://media.example", "https://media.example"), ("https://media.example/", "https://media.example"),
      ("http://127.0.0.1:9000/a/b//", "http://127.0.0.1:9000/a/b"), ("https://media.example/?a=b", nil),
      ("https://media.example/#a", nil), ("https://user:word@media.example", nil), ("ftp://media.example", nil),
      ("media.example", nil), ("https://", nil), ("https://media.example/" + String(repeating: "a", count: 900), nil),
    ] as [(String, String?)])
  func prefixes(text: String, prefix: String?) throws {
    if let prefix {
      #expect(try Self.settings([], ["FASTSHOP_MEDIA_URL": text]).urlPrefix == prefix)
      let other = ["FASTSHOP_MEDIA_URL": "https://other.example"]
      #expect(try Self.settings(["--media-url", text], other).urlPrefix == prefix)
    } else {
      #expect(throws: SettingError.self) { try Self.settings([], ["FASTSHOP_MEDIA_URL": text]) }
    }
  }

  @Test("a folder is an absolute path", arguments: [("/srv/media", true), ("media", false), ("../media", false)])
  func folders(path: String, isFine: Bool) throws {
    if isFine {
      #expect(try Self.settings([], ["FASTSHOP_MEDIA_FOLDER": path]).folder == path)
    } else {
      #expect(throws: SettingError.self) { try Self.settings(["--media-folder", path]) }
    }
  }

  @Test("a bucket needs its access key")
  func buckets() throws {
    let url = "FASTSHOP_MEDIA_STORE_URL"
    for environment in [
      [url: "https://s3.example/media"], [url: "ftp://s3.example/media"], [url: "https://s3.example"],
      [url: "https://s3.example/media", "FASTSHOP_MEDIA_STORE_KEY_ID": "key"],
      [
        url: "https://s3.example/media", "FASTSHOP_MEDIA_STORE_KEY_ID": "key",
        "FASTSHOP_MEDIA_STORE_SECRET_FILE": "/nowhere/secret",
      ],
    ] {
      #expect(throws: SettingError.self) { try Self.settings([], environment) }
    }
  }
}
