import Files

/// Where the images of products are: validated.
struct ImageSettings: Equatable, Sendable {
  private static let variables = BucketVariables(
    url: "FASTSHOP_MEDIA_STORE_URL", example: "https://s3.eu-central-1.amazonaws.com/shop-media",
    region: "FASTSHOP_MEDIA_STORE_REGION", keyID: "FASTSHOP_MEDIA_STORE_KEY_ID",
    secretFile: "FASTSHOP_MEDIA_STORE_SECRET_FILE", tokenFile: "FASTSHOP_MEDIA_STORE_TOKEN_FILE")
  /// Its paths have names of files behind it.
  private static let folderBytesMax = 800
  /// The URL of an image has its path behind it.
  private static let urlBytesMax = 800

  /// What precedes the paths of images: an address without a slash at its end, or nothing.
  let urlPrefix: String
  /// The folder for blobs, if there is no bucket, and for uploads while they arrive.
  let folder: String
  /// The bucket for blobs; nil for the folder.
  let bucket: S3Bucket?

  init(
    _ options: MediaOptions, dataDirectory: String, environment: [String: String]
  ) throws(SettingError) {
    let source = SettingSource(environment: environment)
    urlPrefix =
      try source.value(
        flag: "--media-url", options.mediaURL, variable: "FASTSHOP_MEDIA_URL",
        wanted: "an address without a query, such as https://media.example", parse: Self.prefix) ?? ""
    folder =
      try source.value(
        flag: "--media-folder", options.mediaFolder, variable: "FASTSHOP_MEDIA_FOLDER",
        wanted: "an absolute path such as /srv/shop/media, of \(Self.folderBytesMax) bytes at most"
      ) { $0.hasPrefix("/") && !$0.contains("\0") && $0.utf8.count <= Self.folderBytesMax ? $0 : nil }
      ?? dataDirectory + "/media"
    bucket = try S3Bucket(Self.variables, source)
  }

  private static func prefix(_ text: String) -> String? {
    guard let url = WebURL(text, schemes: ["http", "https"]), url.userInfo == nil,
      !url.rest.contains(where: { $0 == "?" || $0 == "#" }), url.text.utf8.count <= urlBytesMax
    else { return nil }
    var text = url.text
    while text.hasSuffix("/") { text.removeLast() }
    return text
  }
}
