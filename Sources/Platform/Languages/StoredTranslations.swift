package import Postgres

/// The translations of one resource, inside a unit of work that has locked the resource.
package struct StoredTranslations {
  /// Languages of a resource.
  package static let languagesMax = 50

  private let resource: ID
  private let work: Work

  /// The translations of a resource.
  package init(of resource: ID, in work: Work) {
    self.resource = resource
    self.work = work
  }

  /// The texts of resources, a row each.
  static func texts(of resources: Set<ID>, in languages: Set<LanguageTag>) -> Query {
    """
    SELECT x.resource_id::text AS resource, x.locale, e.key AS path, e.value AS text
      FROM platform.translation x
     CROSS JOIN LATERAL jsonb_each_text(x.texts) AS e
     WHERE x.resource_id = ANY (\(resources)::uuid[]) AND x.locale = ANY (\(languages.map(\.text))::text[])
    """
  }

  /// The translations of a resource as the API has them, by language.
  /// - Parameters:
  ///   - language: the only one that is wanted; nil for all.
  ///   - sources: the resource's texts as they are now.
  package static func translations(
    of resource: ID, in language: LanguageTag?, comparedWith sources: TranslationSources
  ) -> Query {
    """
    SELECT x.locale, x.texts, x.updated_at AS update_time,
           ARRAY(SELECT s.key FROM jsonb_each_text(c.texts) AS s
                  WHERE x.texts ? s.key AND x.sources ->> s.key <> s.value ORDER BY s.key) AS outdated,
           ARRAY(SELECT s.key FROM jsonb_each_text(c.texts) AS s
                  WHERE NOT x.texts ? s.key ORDER BY s.key) AS missing
      FROM platform.translation x
     CROSS JOIN (SELECT \(object(sources.texts)) AS texts OFFSET 0) c
     WHERE x.resource_id = \(resource) AND (\(language?.text)::text IS NULL OR x.locale = \(language?.text))
     ORDER BY x.locale
     LIMIT \(languagesMax)
    """
  }

  private static func object(_ texts: [String: String]) -> Query {
    let entries = texts.sorted { $0.key < $1.key }
    return "jsonb_object(\(entries.map(\.key))::text[], \(entries.map(\.value))::text[])"
  }

  /// Sets texts by path, and deletes those that are given empty. Texts of paths that the resource has no more go, too.
  /// - Returns: false when the resource would have too many languages.
  package func set(
    _ texts: [String: String], in language: LanguageTag, _ sources: TranslationSources
  ) async throws -> Bool {
    let current = sources.texts
    var (translated, translatedFrom): ([String: String], [String: String]) = ([:], [:])
    let rows = try await work.rows(
      """
      SELECT e.key AS path, e.value AS text, coalesce(x.sources ->> e.key, '') AS source
        FROM platform.translation x
       CROSS JOIN LATERAL jsonb_each_text(x.texts) AS e
       WHERE x.resource_id = \(resource) AND x.locale = \(language.text)
      """)
    for row in rows {
      let path = try row.string("path")
      guard current[path] != nil else { continue }
      (translated[path], translatedFrom[path]) = (try row.string("text"), try row.string("source"))
    }
    for (path, text) in texts {
      (translated[path], translatedFrom[path]) = text.isEmpty ? (nil, nil) : (text, current[path])
    }
    if translated.isEmpty {
      work.send(
        "DELETE FROM platform.translation x WHERE x.resource_id = \(resource) AND x.locale = \(language.text)")
      return true
    }
    let written = try await work.execute(
      """
      INSERT INTO platform.translation AS x (resource_id, locale, texts, sources, is_current, updated_at)
      SELECT \(resource), \(language.text), \(Self.object(translated)), made.sources,
             made.sources @> \(Self.object(current)), \(work.now)
        FROM (SELECT \(Self.object(translatedFrom)) AS sources) made
       WHERE EXISTS (SELECT FROM platform.translation o WHERE o.resource_id = \(resource)
                        AND o.locale = \(language.text))
          OR (SELECT count(*) FROM platform.translation o WHERE o.resource_id = \(resource)) < \(Self.languagesMax)
          ON CONFLICT ON CONSTRAINT translation_pkey DO UPDATE
             SET texts = excluded.texts, sources = excluded.sources, is_current = excluded.is_current,
                 updated_at = excluded.updated_at
      """)
    work.afterCommit { [loop = work.transaction.loop] in loop.knownLanguages.note(language, isPresent: true) }
    return written == 1
  }

  /// Notes which translations are of the resource's texts as they are now, if those have changed.
  /// - Parameter former: the texts before a change; nil when they are not known.
  package func compare(with sources: TranslationSources, insteadOf former: TranslationSources? = nil) {
    if sources == former { return }
    work.send(
      """
      UPDATE platform.translation x
         SET is_current = x.sources @> c.texts
        FROM (SELECT \(Self.object(sources.texts)) AS texts) c
       WHERE x.resource_id = \(resource) AND x.is_current <> (x.sources @> c.texts)
      """)
  }

  /// Copies them to another resource.
  /// - Parameter paths: those that are other ones there, by the paths here.
  package func copy(to other: ID, renaming paths: [String: String] = [:]) {
    let renamed = paths.sorted { $0.key < $1.key }
    let (old, new) = (renamed.map(\.key), renamed.map(\.value))
    func copied(_ column: Query) -> Query {
      """
      coalesce((SELECT jsonb_object_agg(coalesce(n.path, e.key), e.value)
                         FROM jsonb_each(\(column)) e
                         LEFT JOIN unnest(\(old)::text[], \(new)::text[]) n (former, path) ON n.former = e.key), '{}')
      """
    }
    work.send(
      """
      INSERT INTO platform.translation (resource_id, locale, texts, sources, is_current, updated_at)
      SELECT \(other), x.locale, \(copied("x.texts")), \(copied("x.sources")), x.is_current, \(work.now)
        FROM platform.translation x
       WHERE x.resource_id = \(resource)
      """)
  }

  /// Deletes them with the resource.
  package func delete() { work.send("DELETE FROM platform.translation x WHERE x.resource_id = \(resource)") }
}
