package import EventLoop
internal import FoundationEssentials

/// Writes every e-mail to a file in a folder, which mail programs can open: for trying the shop out.
///
/// A file is written atomically, and a repeated delivery writes the same file.
package struct FolderDelivery: MailDelivery {
  package let concurrency = 2
  package let deliverySecondsMax = 30

  private let folder: String
  private let loop: EventLoop

  /// Delivers into `folder`, which is created when needed, readable for its owner only. Worker threads of `loop` write
  /// the files.
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
