package import Files
internal import Images
package import Platform

/// Where the images of products are, and what looks at them.
package struct MediaSettings: Sendable {
  /// Uploads that are looked at together, and renditions that are made together, each for one file: they bound the
  /// memory for decoded images.
  private static let (inspectorThreads, rendererThreads) = (2, 1)

  /// The blobs, and the uploads of all modules of the server.
  package let uploads: UploadStorage
  /// What precedes the path of each image: nothing, or the address of a CDN without a slash at its end.
  package let urlPrefix: String
  /// Looks at uploads. It has threads of its own, so that uploads do not wait for renditions of earlier ones.
  let inspector: ImageProcessor
  /// Makes renditions.
  let renderer: ImageProcessor

  /// Settings of one server.
  package init(store: any BlobStore, staging: StagingFolder, urlPrefix: String = "") {
    self.init(uploads: UploadStorage(store: store, staging: staging), urlPrefix: urlPrefix)
  }

  /// Settings of one server whose storage is known.
  package init(uploads: UploadStorage, urlPrefix: String = "") {
    (self.uploads, self.urlPrefix) = (uploads, urlPrefix)
    inspector = ImageProcessor(threads: Self.inspectorThreads)
    renderer = ImageProcessor(threads: Self.rendererThreads)
  }

  var store: any BlobStore { uploads.store }
  var staging: StagingFolder { uploads.staging }

  /// Stores bytes that are in memory.
  func put(_ bytes: [UInt8], as key: BlobKey, _ type: ImageType) async throws(BlobError) {
    let file = try await staging.file()
    try await file.append(bytes)
    try await store.put(file, as: key, contentType: type.contentType)
  }

  /// Ends the threads after what they have to do.
  package func close() async {
    await inspector.close()
    await renderer.close()
    await staging.close()
  }
}
