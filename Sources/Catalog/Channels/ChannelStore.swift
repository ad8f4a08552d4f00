internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Sales channels, inside a unit of work. Each change is recorded.
struct ChannelStore {
  static let type = SalesChannel.descriptor.fullName
  private static let topic = "catalog.channel"
  private static let channelsMax = 200

  let work: Work

  /// - Throws: ``CatalogError/noSuchChannel(_:)``; ``StaleETag`` when the channel has changed since the caller looked.
  func lock(_ id: ID, in state: ExpectedState) async throws -> SalesChannel {
    let query: Query = """
      SELECT \(ChannelColumns.channel) FROM catalog.channel c WHERE c.id = \(id) FOR NO KEY UPDATE
      """
    guard let found = try await work.first(SalesChannel.self, query), let etag = ETag(found.etag.string) else {
      throw CatalogError.noSuchChannel(id.description)
    }
    try state.verify(etag.version, of: Self.type, id)
    return found
  }

  /// The id of the channel that has the code. A channel is there for ever, and so is its code.
  /// - Throws: ``CatalogError/noSuchChannel(_:)``.
  func id(of code: String) async throws -> ID {
    let rows = try await work.rows("SELECT c.id FROM catalog.channel c WHERE c.code = \(code)", access: .write)
    guard let id = try rows.first?.id("id") else { throw CatalogError.noSuchChannel(code) }
    return id
  }

  /// - Throws: ``CatalogError/channelExists(_:)``, ``CatalogError/tooManyChannels``.
  func create(_ code: String, _ fields: ChannelFields) async throws -> SalesChannel {
    let id = ID.made(at: work.now)
    // One at a time: each counts those before it.
    work.send("SELECT pg_advisory_xact_lock(hashtext('catalog.channel'))")
    let query: Query = """
      INSERT INTO catalog.channel AS c (id, code, title, storefront_url, currency, language, is_active, assortment)
      SELECT \(id), \(code), \(fields.title), \(fields.storefrontURL), \(fields.currency), \(fields.language),
             \(fields.isActive), \(fields.assortment)
       WHERE (SELECT count(*) FROM catalog.channel) < \(Self.channelsMax)
      RETURNING \(ChannelColumns.channel)
      """
    let made = try await expecting(["catalog.channel_code_key": CatalogError.channelExists(code)]) {
      try await work.first(SalesChannel.self, query)
    }
    guard let made else { throw CatalogError.tooManyChannels }
    try record(.create, id, before: nil, after: made)
    return made
  }

  /// Fields that the mask does not name stay as they are.
  func update(_ before: SalesChannel, _ id: ID, _ fields: ChannelFields, _ mask: UpdateMask) async throws
    -> SalesChannel
  {
    func named(_ value: String, _ field: String) -> String? { mask.contains(field) ? value : nil }
    let isActive = mask.contains("is_active") ? fields.isActive : nil
    let query: Query = """
      UPDATE catalog.channel c
         SET title = coalesce(\(named(fields.title, "title"))::text, c.title),
             storefront_url = coalesce(\(named(fields.storefrontURL, "storefront_url"))::text, c.storefront_url),
             currency = coalesce(\(named(fields.currency, "currency"))::text, c.currency),
             language = coalesce(\(named(fields.language, "language"))::text, c.language),
             is_active = coalesce(\(isActive)::boolean, c.is_active),
             assortment = coalesce(\(named(fields.assortment, "assortment"))::text, c.assortment),
             version = c.version + 1, updated_at = clock_timestamp()
       WHERE c.id = \(id)
      RETURNING \(ChannelColumns.channel)
      """
    guard let after = try await work.first(SalesChannel.self, query) else {
      throw CatalogError.noSuchChannel(id.description)
    }
    try record(.update, id, before: before, after: after)
    return after
  }

  private func record(_ change: RecordedChange, _ id: ID, before: SalesChannel?, after: SalesChannel) throws {
    try work.audit("catalog.channel.\(change.action)", on: Self.type, id, before: before, after: after)
    work.publish(try NewEvent(Self.topic, change.event, of: id, payload: after))
  }
}
