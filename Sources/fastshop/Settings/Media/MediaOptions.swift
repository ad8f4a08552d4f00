import ArgumentParser

/// Where images are. The object store's secret is in a file.
struct MediaOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Address of a CDN in front of this shop's images, such as https://media.example (none).", valueName: "url"))
  var mediaURL: String?

  @Option(
    help: ArgumentHelp(
      "Folder for images, and for uploads while they arrive (media in the data directory).", valueName: "path"))
  var mediaFolder: String?
}
