import ArgumentParser
import EventLoop

/// `fastshop api`: what the API has, for people.
struct APICommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "api",
    abstract: "Write the reference of the API as Markdown: every method, who may call it, what it costs.")

  func run() throws {
    let reference = APIReference(services: KnownServices.all)
    StandardStream.output.write(try Complaint.about { try reference.markdown() })
  }
}
