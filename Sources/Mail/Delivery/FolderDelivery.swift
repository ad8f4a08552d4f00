package import EventLoop
internal import FoundationEssentials

/// Puts every mail into a folder, as a file that mail programs open: for trying the shop out.
///
/// A file is there as a whole or not at all, and the same mail is the same file again.
package struct FolderDelivery: MailDelivery {
  package let concurrency = 2
  package let deliverySecondsMax = 30

  private let folder: String
  private let loop: EventLoop

  /// Delivers into `folder`, which is made when it is needed, for the eyes of its owner alone. Files are written by the
  /// workers of `loop`.
  package init(folder: String, loop: EventLoop) {
    self.folder = folder
    self.loop = loop
  }

  package func deliver(_ message: MIMEMessage) async throws(MailDeliveryError) {
    let folder = URL(filePath: folder)
    do {
      try await loop.offLoop {
        try FileManager.default.createDirectory(
          at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try Data(message.content).write(
          to: folder.appending(path: "\(message.id)-\(message.kind).eml"), options: .atomic)
      }
    } catch {
      throw .later("the mail folder cannot be written: \(error)")
    }
  }

  package func close() async {}
}
