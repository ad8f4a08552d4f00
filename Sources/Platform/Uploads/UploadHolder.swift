/// For whom an upload is: its place is counted for it, whoever sends the upload.
package enum UploadHolder: Hashable, Sendable {
  /// A seller, whose people and programs share the places.
  case seller(ID)
  /// A user who is no seller yet.
  case account(ID)
}
