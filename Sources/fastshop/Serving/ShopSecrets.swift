import Platform

/// Every column of the shop that holds sealed values.
enum ShopSecrets {
  static let columns: [SealedColumn] = []
}
