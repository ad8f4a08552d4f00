/// Where the file of a picture is, which several products share.
public struct DemoImageFile: Sendable {
  let url: String
  /// In pixels.
  let width: Int
  let height: Int
  /// The uploaded file in the store; nil for a picture that is nowhere.
  let upload: Upload?

  /// A file as the catalogue knows it.
  struct Upload {
    /// Its SHA-256, in hexadecimal digits.
    let digits: String
    let contentType: String
    let bytes: Int
  }

  /// A picture that was drawn and stored.
  public init(url: String, width: Int, height: Int, digits: String, contentType: String, bytes: Int) {
    (self.url, self.width, self.height) = (url, width, height)
    upload = Upload(digits: digits, contentType: contentType, bytes: bytes)
  }

  private init(url: String, width: Int, height: Int) {
    (self.url, self.width, self.height, upload) = (url, width, height, nil)
  }

  /// A picture in a shop without any.
  static func missing(index: Int, place: Int) -> DemoImageFile {
    DemoImageFile(url: "demo/\(index + 1)-\(place + 1).webp", width: 1200, height: 900)
  }
}
