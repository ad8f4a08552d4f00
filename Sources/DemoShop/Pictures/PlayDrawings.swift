/// Drawings of books and games.
enum PlayDrawings {
  static let book = """
    <path d="M300 100 L545 75 Q560 74 562 90 L590 480 L345 520 Z" fill="url(#side)"/>
    <path d="M318 118 L556 92 L582 478 L350 512 Z" fill="#f4efe2"/>
    <path d="M322 122 L350 508 M330 121 L358 507 M338 120 L366 506" stroke="#d8cfba" stroke-width="2"/>
    <path d="M250 110 L510 82 Q524 82 526 96 L556 480 L300 528 Q284 530 282 514 Z" fill="url(#body)"/>
    <path d="M250 110 L278 107 L328 523 L300 528 Q284 530 282 514 Z" fill="url(#side)"/>
    <path d="M318 170 L480 152 M322 200 L440 187" stroke="#f6efdd" stroke-width="14" stroke-linecap="round"/>
    <circle cx="424" cy="330" r="74" fill="url(#light)"/>
    <path d="M356 362 Q400 290 430 340 T496 322 Q490 400 428 404 Q372 402 356 362 Z" fill="#f6efdd" opacity="0.85"/>
    <path d="M372 452 L520 430" stroke="#f6efdd" stroke-width="8" stroke-linecap="round" opacity="0.8"/>
    """

  static let boardGame = """
    <path d="M150 250 L470 190 L660 260 L340 340 Z" fill="url(#light)"/>
    <path d="M150 250 L340 340 V500 L150 400 Z" fill="url(#side)"/>
    <path d="M340 340 L660 260 V410 L340 500 Z" fill="url(#body)"/>
    <path d="M380 378 L620 318 V352 L380 414 Z" fill="#f7f1e0" opacity="0.9"/>
    <path d="M380 440 L520 404" stroke="#f7f1e0" stroke-width="9" opacity="0.7"/>
    <path d="M300 250 L400 232 L470 258 L366 282 Z" fill="#f7f1e0" opacity="0.85"/>
    <g transform="translate(250 440)"><rect x="0" y="20" width="74" height="74" rx="12" fill="#fbf8f0"/>\
    <circle cx="20" cy="40" r="7" fill="#333"/><circle cx="54" cy="74" r="7" fill="#333"/>\
    <circle cx="37" cy="57" r="7" fill="#333"/></g>
    <path d="M560 520 Q555 470 585 455 Q570 420 598 410 Q626 420 611 455 Q641 470 636 520 Z" fill="#b4523f"/>
    <path d="M480 528 Q475 482 502 468 Q490 438 512 430 Q536 438 524 468 Q550 482 546 528 Z" fill="#2f5d73"/>
    """

  static let puzzle: String = {
    let piece = """
      M0 0 H52 C44 -30 96 -30 88 0 H140 V52 C170 44 170 96 140 88 V140 H88 C96 112 44 112 52 140 H0 V88 \
      C28 96 28 44 0 52 Z
      """
    let fills = ["url(#body)", "url(#light)", "url(#side)", "#e5b65a", "url(#body)", "#5f93a8"]
    return fills.enumerated().map { index, fill in
      let (x, y) = (180 + index % 3 * 140, 200 + index / 3 * 140)
      let turn = index == 2 ? "rotate(14 70 70) translate(26 -34)" : index == 3 ? "translate(-16 10)" : ""
      return """
        <g transform="translate(\(x) \(y)) \(turn)"><path d="\(piece)" transform="translate(5 9)" fill="#000" \
        opacity="0.18"/><path d="\(piece)" fill="\(fill)" stroke="#fff" stroke-width="3" stroke-opacity="0.5"/></g>
        """
    }.joined(separator: "\n")
  }()

  static let box = """
    <path d="M200 250 L400 190 L600 250 L400 320 Z" fill="url(#light)"/>
    <path d="M200 250 L400 320 V510 L200 430 Z" fill="url(#body)"/>
    <path d="M400 320 L600 250 V430 L400 510 Z" fill="url(#side)"/>
    """
}
