internal import CProtobufTypes

/// The comments before the elements of a file, by the elements' paths in its descriptor.
struct SourceComments {
  private var byPath: [[Int32]: String] = [:]

  init(_ info: Google__Protobuf__SourceCodeInfo?) {
    guard let info else { return }
    for index in 0..<info.n_location {
      guard let location = info.location[index]?.pointee, let comment = location.leading_comments else { continue }
      byPath[(0..<location.n_path).map { location.path[$0] }] = String(cString: comment)
    }
  }

  /// The comment before the element at `path`; empty if there is none.
  subscript(path: [Int32]) -> String { byPath[path] ?? "" }
}
