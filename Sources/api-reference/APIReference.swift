import ArgumentParser
import FastShopAPI
import Foundation
import Platform
import ProtoSchema
import RPC

/// Writes the reference of the API: docs/api.md, docs/api/PACKAGE.md, docs/errors.md.
@main
struct APIReference: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "api-reference",
    abstract: "Write the API reference as Markdown from the descriptors and comments of the .proto files.")

  @Option(help: "A descriptor set written by protoc with --include_source_info.")
  var descriptors: String

  @Option(help: "The output folder.")
  var into: String

  func run() throws {
    let set = try DescriptorSet([UInt8](Data(contentsOf: URL(filePath: descriptors))))
    for (name, text) in try Self.pages(set) {
      let file = URL(filePath: into).appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  /// The pages: their paths below docs, and their text.
  static func pages(_ set: DescriptorSet) throws -> [(name: String, text: String)] {
    let index = SchemaIndex(set.files)
    let packages = Set(set.files.map(\.package).filter { $0.hasPrefix(PackagePage.shopPrefix) }).sorted()
    let reasons = ReasonIndex.all
    let pages = try packages.map { package in
      let page = PackagePage(
        package: package, index: index, services: StandardServices.known(with: fastshopAPIServices), reasons: reasons)
      return (name: "api/\(package).md", text: try page.markdown())
    }
    let methods = try MethodIndex(services: StandardServices.known(with: fastshopAPIServices), packages: packages)
      .markdown()
    let all = [(name: "api.md", text: methods), (name: "errors.md", text: reasons.markdown)] + pages
    return all.map { (name: $0.name, text: Markdown.page($0.text)) }
  }
}
