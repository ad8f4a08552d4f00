/// One step of a database's schema: a script that runs once and never changes afterwards.
///
/// Lines `-- fastshop: WORD` of the script declare its properties; see ``Declaration``.
public struct Migration: Sendable {
  /// A property that a script declares.
  enum Declaration: String {
    /// Programs that do not know the migration work with the schema after it.
    case compatible
    /// They do not. It is the default, and declared so that the author has thought about it.
    case incompatible
    /// The statements run one by one, each by itself: it has one that a transaction does not allow.
    case noTransaction = "no-transaction"
  }

  /// What begins a line that declares something.
  private static let mark = "-- fastshop:"

  /// Its number, above 0. Migrations are applied in the order of their numbers, which may have gaps.
  public let version: Int
  /// Its name, which begins with the number: `0001_platform`.
  public let name: String
  /// The script: any number of statements, without BEGIN and COMMIT.
  public let sql: String
  private let declarations: Set<Declaration>

  /// A migration named like `0001_platform`.
  /// - Throws: ``MigrationError/badName(_:)`` when the name does not begin with a number and an underscore;
  ///   ``MigrationError/badDeclaration(_:_:)`` when the script declares what no migration can be.
  public init(name: String, sql: String) throws(MigrationError) {
    guard let end = name.firstIndex(of: "_"), let version = Int(name[..<end]), version > 0 else {
      throw .badName(name)
    }
    var declarations: Set<Declaration> = []
    for line in sql.split(separator: "\n") where line.hasPrefix(Self.mark) {
      let word = line.dropFirst(Self.mark.count).drop { $0 == " " }
      guard let declaration = Declaration(rawValue: String(word)) else { throw .badDeclaration(name, String(word)) }
      declarations.insert(declaration)
    }
    if declarations.isSuperset(of: [.compatible, .incompatible]) { throw .badDeclaration(name, "incompatible") }
    self.version = version
    self.name = name
    self.sql = sql
    self.declarations = declarations
  }

  /// Whether programs that do not know it may start on a database that has it.
  public var isCompatible: Bool { declarations.contains(.compatible) }
  /// Whether it runs as one transaction.
  public var isTransaction: Bool { !declarations.contains(.noTransaction) }
}
