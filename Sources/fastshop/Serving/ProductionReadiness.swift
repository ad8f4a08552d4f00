import Credentials
import Identity
import Logging

/// Finds settings that suit a trial but not production, and logs one warning with the settings to change. It runs only
/// where `DATABASE_URL` is set, because that marks a real deployment.
struct ProductionReadiness {
  private var gaps: [(name: String, remedy: String)] = []

  /// - Parameter newKeyFile: the file of master keys that this start has made, if it has.
  init(_ settings: ShopSettings, newKeyFile: String?) {
    let (serving, mail, identity) = (settings.serve, settings.mail, settings.identity)
    guard settings.database.url != nil else { return }
    if let newKeyFile {
      gaps.append(
        (
          "keys",
          "\(newKeyFile) is new: back it up and give it to every server, or set FASTSHOP_KEY_FILE or FASTSHOP_KEYS"
        ))
    }
    if !serving.tlsListen.isEmpty && serving.tls.identity == nil {
      gaps.append(
        ("certificate", "TLS uses a development certificate: set FASTSHOP_TLS_CERTIFICATE and FASTSHOP_TLS_KEY"))
    }
    if mail.server == nil {
      gaps.append(("mail", "mails are written to the folder \(mail.folder) and not delivered: set FASTSHOP_SMTP_URL"))
    }
    if identity.passwordCost != .usual {
      gaps.append(("passwords", "their hashes are cheap to try, as only tests want them"))
    }
    if identity.isSiteOurOwn {
      gaps.append(("site", "links in mails lead to \(identity.siteURL): set FASTSHOP_SITE_URL"))
    }
  }

  /// Warns, if there is anything to warn of.
  func tell(_ log: Logger) {
    if gaps.isEmpty { return }
    let fields = gaps.map { ($0.name, Logger.MetadataValue.string($0.remedy)) }
    log.warning("this server is not ready for production", metadata: Dictionary(uniqueKeysWithValues: fields))
  }
}
