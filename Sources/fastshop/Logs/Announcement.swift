import EventLoop
import Logging

/// The message of a server that begins to serve.
enum Announcement {
  /// Says where it listens: a sentence on standard output, or a line of the log where that is JSON.
  static func listening(_ places: [String], _ log: Logger) {
    switch LogSettings.installedFormat {
    case .logfmt:
      StandardStream.output.write("fastshop is listening on \(places.joined(separator: " and "))\n")
    case .json:
      let places = places.map { Logger.MetadataValue.string($0) }
      log.notice("listening", metadata: ["version": "\(Version.text)", "addresses": .array(places)])
    }
  }
}
