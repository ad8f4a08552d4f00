import Files
import Foundation
import Images
import Platform
import Postgres

@testable import Catalog

/// A folder of images for one server, which is removed with this.
final class TestMedia: Sendable {
  let settings: MediaSettings
  let folder: String

  /// - Parameter uploadIdleLimit: an upload of which nothing arrives for so long is ended.
  init(uploadIdleLimit: Duration = UploadStorage.idleLimit) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "media-\(UUID().uuidString)").path
    self.folder = folder
    let staging = try StagingFolder(path: folder + "/staging")
    let store = try FolderStore(folder: folder + "/blobs", staging: staging)
    settings = MediaSettings(
      uploads: UploadStorage(store: store, staging: staging, idleLimit: uploadIdleLimit))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The names of all files, of uploads that are arriving among them.
  func files() -> [String] {
    let found = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return found.filter { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }

  /// A picture of one colour.
  func image(
    _ type: ImageType = .png, width: Int = 40, height: Int = 30, shade: UInt8 = 0
  ) async throws -> [UInt8] {
    let pixels = Array(repeating: shade, count: width * height * 3)
    return try await settings.inspector.encode(pixels: pixels, width: width, height: height, as: type)
  }
}

extension AccessResources {
  /// A PNG of one pixel, in base64.
  static let pixel = """
    iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
    """

  /// A new image of a product, which has no others then. No file belongs to it.
  func onlyImage(of product: String) async throws -> String {
    _ = try await make { "DELETE FROM catalog.image WHERE product_id = \(product)::uuid RETURNING id" }
    _ = try await make {
      """
      INSERT INTO catalog.image (product_id, seller_id, position, url, width, height)
      SELECT p.id, p.seller_id, 1, '/media/lamp.jpg', 1, 1 FROM catalog.product p WHERE p.id = \(product)::uuid
      RETURNING id
      """
    }
    return try await make {
      """
      SELECT i.id
        FROM catalog.image i
       CROSS JOIN LATERAL catalog.refresh_product_documents(ARRAY[i.product_id])
       WHERE i.product_id = \(product)::uuid
      """
    }
  }
}
