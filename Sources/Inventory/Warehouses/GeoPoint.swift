internal import Glibc
internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A place on the earth, in millionths of a degree.
package struct GeoPoint: Hashable, Sendable {
  private static let latitudes: ClosedRange<Int32> = -90_000_000...90_000_000
  private static let longitudes: ClosedRange<Int32> = -180_000_000...180_000_000
  /// The mean radius of the earth (IUGG), in metres.
  private static let radiusMeters = 6_371_008.8

  let latitudeMicrodegrees: Int32
  let longitudeMicrodegrees: Int32

  /// Nil for what is no place on the earth.
  package init?(latitudeMicrodegrees: Int32, longitudeMicrodegrees: Int32) {
    guard Self.latitudes.contains(latitudeMicrodegrees), Self.longitudes.contains(longitudeMicrodegrees) else {
      return nil
    }
    (self.latitudeMicrodegrees, self.longitudeMicrodegrees) = (latitudeMicrodegrees, longitudeMicrodegrees)
  }

  /// The great-circle distance on a sphere by the haversine formula (R. W. Sinnott, Virtues of the Haversine, 1984), in
  /// whole metres: at most 0.6 % from that on the ellipsoid. It is the same in both directions.
  func meters(to other: GeoPoint) -> Int64 {
    func radians(_ microdegrees: Int64) -> Double { Double(microdegrees) / 1_000_000 * .pi / 180 }
    let (north, south) = (Int64(latitudeMicrodegrees), Int64(other.latitudeMicrodegrees))
    let (east, west) = (Int64(longitudeMicrodegrees), Int64(other.longitudeMicrodegrees))
    let (up, across) = (sin(radians(abs(north - south)) / 2), sin(radians(abs(east - west)) / 2))
    let a = up * up + cos(radians(min(north, south))) * cos(radians(max(north, south))) * across * across
    // Rounding errors of points that lie opposite each other.
    let distance = 2 * Self.radiusMeters * asin(min(1, max(0, a)).squareRoot())
    return Int64(exactly: distance.rounded()) ?? .max
  }
}

/// Where an order goes, as far as that is known.
package struct StockDestination: Hashable, Sendable {
  let point: GeoPoint?
  /// The two letters of its country; empty where that is not known.
  let country: String

  /// A destination.
  package init(_ point: GeoPoint?, country: String = "") { (self.point, self.country) = (point, country) }
}

extension RequestCheck {
  /// A field with coordinates, which may be left out.
  mutating func coordinates(_ coordinates: Coordinates?, _ field: String) -> GeoPoint? {
    guard let coordinates else { return nil }
    let (latitude, longitude) = (coordinates.latitudeMicrodegrees, coordinates.longitudeMicrodegrees)
    if let point = GeoPoint(latitudeMicrodegrees: latitude, longitudeMicrodegrees: longitude) { return point }
    if GeoPoint(latitudeMicrodegrees: latitude, longitudeMicrodegrees: 0) == nil {
      refuse("\(field).latitude_microdegrees", "Must be from -90000000 to 90000000.")
    }
    if GeoPoint(latitudeMicrodegrees: 0, longitudeMicrodegrees: longitude) == nil {
      refuse("\(field).longitude_microdegrees", "Must be from -180000000 to 180000000.")
    }
    return nil
  }
}
