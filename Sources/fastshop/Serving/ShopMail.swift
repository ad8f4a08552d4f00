import EventLoop
import HTTPClient
import Logging
import Mail

/// The delivery of this server's mails.
enum ShopMail {
  /// The module that sends them: by a mail server, or into the data directory's folder `mail`.
  static func module(
    _ settings: MailSettings, group: EventLoopGroup, log: Logger
  ) -> MailModule {
    let delivery: any MailDelivery
    if let server = settings.server {
      log.info(
        "mails are sent by SMTP", metadata: ["host": "\(server.host)", "port": .stringConvertible(server.port)])
      delivery = SMTPDelivery(server)
    } else {
      log.info("writing mails to a folder", metadata: ["folder": "\(settings.folder)"])
      delivery = FolderDelivery(folder: settings.folder, loop: group.loops[0])
    }
    return MailModule(sender: settings.sender, delivery: delivery)
  }
}
