import Foundation
import RepositoryFiles

/// Every text file of the repository that people wrote or committed.
enum SourceTree {
  static var root: URL { Repository.root }

  static let files = Repository.texts.map { SourceFile(path: $0.path, text: $0.text) }
}
