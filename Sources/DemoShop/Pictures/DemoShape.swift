/// What a picture shows, drawn on a sheet of 800 to 600. The fills `body`, `side` and `light` have the colour of the
/// goods; `metal`, `dark` and `wood` are what their names say.
struct DemoShape: Hashable, Sendable {
  enum Kind {
    case headphones, speaker, turntable, laptop, keyboard, monitor, phone, charger, camera, tripod
    case writingTable, shelf, chair, bed, cushion, rug, pan, knife, lamp
    case dress, coat, shirt, trousers, dungarees, boots, trainers
    case bicycle, helmet, backpack, tent, plant, herb, spade, wateringCan
    case book, boardGame, puzzle, box
  }

  private let kind: Kind

  /// That of the goods of a category, by its slug.
  static func of(_ category: String) -> DemoShape { DemoShape(kind: kinds[category] ?? .box) }

  private static let kinds: [String: Kind] = [
    "headphones": .headphones, "loudspeakers": .speaker, "turntables": .turntable, "laptops": .laptop,
    "keyboards": .keyboard, "monitors": .monitor, "smartphones": .phone, "chargers": .charger, "cameras": .camera,
    "tripods": .tripod, "desks": .writingTable, "shelving": .shelf, "chairs": .chair, "bed-linen": .bed,
    "cushions": .cushion,
    "rugs": .rug, "pans": .pan, "knives": .knife, "lamps": .lamp, "dresses": .dress, "coats": .coat, "shirts": .shirt,
    "trousers": .trousers, "playwear": .dungarees, "rainwear": .coat, "boots": .boots, "trainers": .trainers,
    "bicycles": .bicycle, "helmets": .helmet, "backpacks": .backpack, "tents": .tent, "running-shoes": .trainers,
    "house-plants": .plant, "herbs": .herb, "hand-tools": .spade, "watering": .wateringCan, "fiction": .book,
    "cookery": .book, "travel": .book, "board-games": .boardGame, "puzzles": .puzzle,
  ]

  /// Half of the width of its shadow, and where that is.
  var shadow: (width: Int, ground: Int) {
    switch kind {
    case .tripod, .lamp, .knife, .phone, .charger: (190, 530)
    case .rug, .writingTable, .bed, .bicycle, .keyboard: (360, 505)
    case .dress, .coat, .shirt, .trousers, .dungarees: (170, 560)
    default: (270, 520)
    }
  }

  func drawing(_ colour: DemoColour) -> String {
    switch kind {
    case .headphones: ElectronicDrawings.headphones
    case .speaker: ElectronicDrawings.speaker
    case .turntable: ElectronicDrawings.turntable
    case .laptop: ElectronicDrawings.laptop
    case .keyboard: ElectronicDrawings.keyboard
    case .monitor: ElectronicDrawings.monitor
    case .phone: ElectronicDrawings.phone
    case .charger: ElectronicDrawings.charger
    case .camera: ElectronicDrawings.camera
    case .tripod: ElectronicDrawings.tripod
    case .writingTable: HomeDrawings.writingTable
    case .shelf: HomeDrawings.shelf
    case .chair: HomeDrawings.chair
    case .bed: HomeDrawings.bed
    case .cushion: HomeDrawings.cushion
    case .rug: HomeDrawings.rug
    case .pan: HomeDrawings.pan
    case .knife: HomeDrawings.knife
    case .lamp: HomeDrawings.lamp
    case .dress: ClothingDrawings.dress
    case .coat: ClothingDrawings.coat
    case .shirt: ClothingDrawings.shirt
    case .trousers: ClothingDrawings.trousers
    case .dungarees: ClothingDrawings.dungarees
    case .boots: ClothingDrawings.boots
    case .trainers: ClothingDrawings.trainers
    case .bicycle: OutdoorDrawings.bicycle
    case .helmet: OutdoorDrawings.helmet
    case .backpack: OutdoorDrawings.backpack
    case .tent: OutdoorDrawings.tent
    case .plant: OutdoorDrawings.plant
    case .herb: OutdoorDrawings.herb
    case .spade: OutdoorDrawings.spade
    case .wateringCan: OutdoorDrawings.wateringCan
    case .book: PlayDrawings.book
    case .boardGame: PlayDrawings.boardGame
    case .puzzle: PlayDrawings.puzzle
    case .box: PlayDrawings.box
    }
  }
}
