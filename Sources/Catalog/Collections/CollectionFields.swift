internal import CatalogAPI
internal import Platform
internal import Protobuf

/// The fields of a collection that the platform writes.
struct CollectionFields {
  static let all = [
    "title", "slug", "description", "rule", "position", "visible_from", "visible_until", "seo_title",
    "seo_description",
  ]
  static let slugCharactersMax = 100
  private static let titleCharactersMax = 200
  private static let descriptionCharactersMax = 5_000
  private static let seoDescriptionCharactersMax = 400
  private static let positions: ClosedRange<Int32> = 0...9_999

  let title: String
  let slug: Slug?
  let description: String
  let rule: CollectionFilter?
  let position: Int32
  let visibleFrom: Instant?
  let visibleUntil: Instant?
  let seoTitle: String
  let seoDescription: String

  /// Reads the field `collection` of a request, and notes everything that is wrong.
  /// - Parameter isWritten: whether the request writes a field.
  init(_ collection: Collection, _ check: inout RequestCheck, isWritten: (String) -> Bool) {
    title = check.line(
      collection.title, "collection.title", upTo: Self.titleCharactersMax, isRequired: isWritten("title"))
    check.isAsWritten(collection.locale, "collection.locale")
    slug = check.slug(collection.slug, "collection.slug", upTo: Self.slugCharactersMax)
    description = check.note(
      collection.description, "collection.description", upTo: Self.descriptionCharactersMax)
    rule = collection.rule.map { CollectionFilter($0, "collection.rule", &check) }
    position = collection.position
    check.require(Self.positions.contains(position), "collection.position", "Must be from 0 to 9999.")
    visibleFrom = collection.visibleFrom.flatMap { check.instant($0, "collection.visible_from") }
    visibleUntil = collection.visibleUntil.flatMap { check.instant($0, "collection.visible_until") }
    if let visibleFrom, let visibleUntil { Self.verify(visibleFrom, visibleUntil, &check) }
    seoTitle = check.line(collection.seoTitle, "collection.seo_title")
    seoDescription = check.note(
      collection.seoDescription, "collection.seo_description", upTo: Self.seoDescriptionCharactersMax)
  }

  /// Notes it when the end of the time in which shoppers see a collection is not after its start.
  static func verify(_ from: Instant, _ until: Instant, _ check: inout RequestCheck) {
    check.require(from < until, "collection.visible_until", "Must be later than visible_from.")
  }
}
