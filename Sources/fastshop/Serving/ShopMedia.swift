import Catalog
import EventLoop
import Files
import HTTPClient
import Logging

/// The store of this server's images.
enum ShopMedia {
  /// In a bucket, or in a folder.
  /// - Throws: the setting whose folder cannot be used.
  static func settings(
    _ settings: ImageSettings, loop: EventLoop, log: Logger
  ) throws(SettingError) -> MediaSettings {
    do throws(BlobError) {
      let staging = try StagingFolder(path: settings.folder + "/staging")
      if let bucket = settings.bucket {
        log.info("images are in an object store", metadata: ["bucket": "\(bucket.url)"])
        return MediaSettings(
          store: S3Store(bucket, client: HTTPClient(on: loop)), staging: staging, urlPrefix: settings.urlPrefix)
      }
      let store = try FolderStore(folder: settings.folder + "/blobs", staging: staging)
      return MediaSettings(store: store, staging: staging, urlPrefix: settings.urlPrefix)
    } catch {
      log.error("the folder for images cannot be used", metadata: ["reason": "\(error)"])
      throw SettingError(name: "FASTSHOP_MEDIA_FOLDER", value: settings.folder, wanted: "a folder that can be written")
    }
  }
}
