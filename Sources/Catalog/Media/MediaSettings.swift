package import Files
package import Images

/// Where the images of products are, and what makes their renditions.
package struct MediaSettings: Sendable {
  /// The blobs.
  package let store: any BlobStore
  /// Where uploads are written while they arrive.
  package let staging: StagingFolder
  /// Makes renditions.
  package let images: ImageProcessor
  /// What precedes the path of each image: nothing, or the address of a CDN without a slash at its end.
  package let urlPrefix: String

  /// Settings of one server.
  package init(store: any BlobStore, staging: StagingFolder, images: ImageProcessor, urlPrefix: String = "") {
    (self.store, self.staging, self.images, self.urlPrefix) = (store, staging, images, urlPrefix)
  }
}

extension MediaSettings {
  /// Stores bytes that are in memory.
  func put(_ bytes: [UInt8], as key: BlobKey, _ type: ImageType) async throws(BlobError) {
    let file = try await staging.file()
    try await file.append(bytes)
    try await store.put(file, as: key, contentType: type.contentType)
  }
}
