package import Files
internal import Images

/// Where the images of products are, and what looks at them.
package struct MediaSettings: Sendable {
  /// Uploads that are looked at together, and renditions that are made together, each for one file: they bound the
  /// memory for decoded images.
  private static let (inspectorThreads, rendererThreads) = (2, 1)

  /// The blobs.
  package let store: any BlobStore
  /// Where uploads are written while they arrive.
  package let staging: StagingFolder
  /// What precedes the path of each image: nothing, or the address of a CDN without a slash at its end.
  package let urlPrefix: String
  /// Looks at uploads. It has threads of its own, so that uploads do not wait for renditions of earlier ones.
  let inspector: ImageProcessor
  /// Makes renditions.
  let renderer: ImageProcessor

  /// Settings of one server.
  package init(store: any BlobStore, staging: StagingFolder, urlPrefix: String = "") {
    (self.store, self.staging, self.urlPrefix) = (store, staging, urlPrefix)
    inspector = ImageProcessor(threads: Self.inspectorThreads)
    renderer = ImageProcessor(threads: Self.rendererThreads)
  }

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
