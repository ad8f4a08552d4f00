/// The words of the demo shop's titles and descriptions.
enum DemoWords {
  static let brands: [String: [String]] = [
    "electronics": [
      "Nordlys", "Halden", "Voltaire", "Kestrel", "Ampere & Co", "Lumio", "Tesselate", "Brightside", "Orbit", "Fathom",
    ],
    "home": [
      "Casa Lumen", "Holt", "Eikenhof", "Maison Claire", "Ironwood", "Bramble", "Kupfer", "Tidewater", "Lindqvist",
    ],
    "clothing": ["Linden", "Harbour", "Wren", "Saltmarsh", "Atelier Nord", "Thistle", "Corduroy Club", "Fable"],
    "sports": ["Fjell", "District", "Ridgeline", "Tramontana", "Windrose", "Basecamp", "Peloton Nord"],
    "garden": ["Green Thumb", "Orchard", "Wildwood", "Spade & Co", "Verdant"],
    "books-and-play": ["Paper Moon", "Inkwell", "Little Explorers", "Foxglove Press", "Meeple House", "Quill"],
  ]

  static let series = [
    "Aria", "Alder", "Atlas", "Aurora", "Birch", "Breeze", "Cedar", "Clover", "Comet", "Coral", "Delta", "Dune",
    "Echo", "Ember", "Fern", "Flint", "Gale", "Grove", "Harbour", "Hazel", "Iris", "Juno", "Kite", "Lark", "Lumen",
    "Maple", "Meadow", "Mistral", "Nova", "Onyx", "Opal", "Otter", "Pebble", "Pine", "Quartz", "Raven", "Reed",
    "Rowan", "Saga", "Sierra", "Solace", "Sparrow", "Summit", "Thyme", "Tide", "Umbra", "Vale", "Willow", "Zephyr",
  ]

  static let openings = [
    "Made to be used every day, and to look better for it.",
    "The one we kept for ourselves after trying twenty others.",
    "A quiet design that does one thing and does it well.",
    "Built by people who use it themselves.",
    "Simple on the outside, thought through on the inside.",
    "A favourite of our customers, now in its second edition.",
    "Small changes, a year in the making.",
  ]

  static let middles = [
    "Every part can be replaced, and the spare parts are in stock for ten years.",
    "The material comes from within the region and is finished by hand.",
    "It arrives ready to use, with a printed guide and no plastic in the box.",
    "It weighs less than you would think and lasts longer than it has to.",
    "Tested for two winters before we dared to sell it.",
    "It goes well with everything else in the series.",
    "Two small workshops make it in batches, so the colours vary a little.",
  ]

  static let endings = [
    "Two years of warranty, thirty days to change your mind.",
    "Delivered in two to four days; returns are free.",
    "Repairs are free in the first three years.",
    "If it does not please you, send it back and tell us why.",
    "Carbon-neutral delivery within the European Union.",
  ]

  static let tags = [
    "gift idea", "new season", "bestseller", "made in europe", "repairable", "recycled", "limited", "everyday",
    "lightweight", "classic", "small space", "organic",
  ]
}
