import EventLoop
import HTTPClient
import Logging
import Mail

/// The delivery of this server's mails.
enum ShopMail {
  /// By a mail server, or into the data directory's folder `mail`.
  static func delivery(_ settings: MailSettings, loop: EventLoop, log: Logger) -> any MailDelivery {
    if let server = settings.server {
      log.info(
        "mails are sent by SMTP", metadata: ["host": "\(server.host)", "port": .stringConvertible(server.port)])
      return SMTPDelivery(server)
    }
    log.info("writing mails to a folder", metadata: ["folder": "\(settings.folder)"])
    return FolderDelivery(folder: settings.folder, loop: loop)
  }
}
