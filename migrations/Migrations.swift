/// The scripts of the top-level `migrations` folder, built into the binary.
public enum Migrations {
  /// Each script's name without its extension, and its SQL; in the order in which they are applied.
  public static var all: [(name: String, sql: String)] { embedded }
}
