/// Drawings of furniture, textiles, and what kitchens and rooms need.
enum HomeDrawings {
  static let writingTable = """
    <path d="M150 300 L130 510 H160 L185 300 Z" fill="url(#side)"/>
    <path d="M650 300 L670 510 H640 L615 300 Z" fill="url(#side)"/>
    <path d="M230 260 L225 430 H240 L250 260 Z M570 260 L575 430 H560 L550 260 Z" fill="url(#side)" opacity="0.7"/>
    <path d="M150 230 H650 L700 290 H100 Z" fill="url(#body)"/>
    <rect x="100" y="290" width="600" height="26" rx="4" fill="url(#side)"/>
    <rect x="420" y="316" width="210" height="62" fill="url(#body)"/>
    <rect x="500" y="340" width="50" height="10" rx="5" fill="url(#metal)"/>
    <path d="M190 256 H420 M240 272 H600" stroke="#000" stroke-width="2" opacity="0.1"/>
    """

  static let shelf = """
    <path d="M560 90 L610 110 V515 L560 530 Z" fill="url(#side)"/>
    <rect x="220" y="90" width="340" height="440" fill="url(#side)"/>
    <rect x="238" y="108" width="304" height="122" fill="#3b322a" opacity="0.55"/>
    <rect x="238" y="248" width="304" height="122" fill="#3b322a" opacity="0.55"/>
    <rect x="238" y="388" width="304" height="124" fill="#3b322a" opacity="0.55"/>
    <path d="M220 90 H560 V530 H220 Z M238 108 V230 H542 V108 Z M238 248 V370 H542 V248 Z M238 388 V512 H542 V388 Z" \
    fill="url(#body)" fill-rule="evenodd"/>
    <rect x="256" y="140" width="26" height="90" fill="#b4523f"/><rect x="284" y="128" width="20" height="102" \
    fill="#2f5d73"/><rect x="306" y="146" width="30" height="84" fill="#d9b46a"/><rect x="338" y="134" width="18" \
    height="96" fill="#6b7a46"/>
    <path d="M470 230 L462 190 H508 L500 230 Z" fill="#e8e1d4"/>
    <path d="M484 192 C450 160 480 130 486 186 C500 130 530 150 488 192" fill="#5f8a54"/>
    <rect x="262" y="330" width="120" height="40" rx="6" fill="#e6ddca"/><rect x="440" y="286" width="70" height="84" \
    fill="#8a9ba8"/><rect x="450" y="296" width="50" height="64" fill="#eee8dc"/>
    <rect x="270" y="430" width="110" height="82" rx="8" fill="#c9a877"/>
    <rect x="300" y="450" width="50" height="10" rx="5" fill="#7f6340"/>
    """

  static let chair = """
    <path d="M290 340 L255 530 H275 L318 345 Z M510 340 L545 530 H525 L482 345 Z" fill="url(#side)"/>
    <path d="M320 330 L312 470 H328 L338 330 Z M480 330 L488 470 H472 L462 330 Z" fill="url(#side)" opacity="0.75"/>
    <path d="M300 330 L290 110 Q290 90 310 90 H322 L330 330 Z M500 330 L510 110 Q510 90 490 90 H478 L470 330 Z" \
    fill="url(#side)"/>
    <path d="M296 110 Q400 80 504 110 L500 205 Q400 180 300 205 Z" fill="url(#body)"/>
    <path d="M302 235 Q400 212 498 235 L496 268 Q400 248 304 268 Z" fill="url(#body)"/>
    <path d="M275 330 Q400 300 525 330 L545 375 Q400 395 255 375 Z" fill="url(#light)"/>
    <path d="M255 375 Q400 395 545 375 V392 Q400 414 255 392 Z" fill="url(#side)"/>
    """

  static let bed = """
    <rect x="130" y="150" width="540" height="220" rx="24" fill="url(#wood)"/>
    <path d="M110 360 Q110 330 140 330 H660 Q690 330 690 360 V490 Q690 510 670 510 H130 Q110 510 110 490 Z" \
    fill="#f3f0ea"/>
    <rect x="165" y="255" width="215" height="110" rx="42" fill="#fbfaf7"/>
    <rect x="420" y="255" width="215" height="110" rx="42" fill="#f4f1eb"/>
    <rect x="190" y="290" width="165" height="84" rx="36" fill="url(#light)"/>
    <path d="M105 385 Q250 350 400 380 T695 380 V505 Q540 530 400 512 T105 505 Z" fill="url(#body)"/>
    <path d="M105 385 Q250 350 400 380 T695 380 V412 Q540 430 400 412 T105 418 Z" fill="url(#light)"/>
    <path d="M240 430 Q250 470 230 512 M420 430 Q440 470 425 515 M570 428 Q560 470 580 515" fill="none" stroke="#000" \
    stroke-width="4" opacity="0.09"/>
    """

  static let cushion = """
    <path d="M210 150 Q400 185 590 150 Q640 150 625 205 Q600 330 625 450 Q640 505 590 505 Q400 475 210 505 \
    Q160 505 175 450 Q200 330 175 205 Q160 150 210 150 Z" fill="url(#body)"/>
    <path d="M215 170 Q400 205 585 170" fill="none" stroke="#fff" stroke-width="5" opacity="0.3"/>
    <path d="M235 230 H565 M228 290 H572 M226 350 H574 M230 410 H570" stroke="url(#light)" stroke-width="16" \
    opacity="0.6"/>
    <path d="M185 190 Q240 230 250 300 M615 190 Q560 230 550 300 M190 470 Q240 430 250 380 M612 470 Q560 430 550 380" \
    fill="none" stroke="#000" stroke-width="5" opacity="0.1"/>
    """

  static let rug = """
    <path d="M200 300 H600 L700 500 H100 Z" fill="url(#body)"/>
    <path d="M222 318 H578 L660 484 H140 Z" fill="none" stroke="url(#light)" stroke-width="10"/>
    <path d="M400 335 L560 400 L400 468 L240 400 Z" fill="url(#light)" opacity="0.75"/>
    <path d="M400 362 L496 401 L400 441 L304 401 Z" fill="url(#side)"/>
    <path d="M262 336 L300 352 L268 368 L232 352 Z M538 336 L568 352 L532 368 L500 352 Z M205 440 L248 458 L212 476 \
    L165 460 Z M595 440 L635 460 L588 476 L552 458 Z" fill="url(#side)"/>
    <path d="M100 500 l-6 18 M140 500 l-5 18 M180 500 l-4 18 M220 500 l-3 18 M260 500 l-3 18 M300 500 l-2 18 M340 500 \
    l-1 18 M380 500 v18 M420 500 v18 M460 500 l1 18 M500 500 l2 18 M540 500 l3 18 M580 500 l3 18 M620 500 l4 18 \
    M660 500 l5 18 M700 500 l6 18" stroke="#e9e2d3" stroke-width="6"/>
    """

  static let pan = """
    <path d="M545 300 L735 255 Q755 252 757 270 Q758 288 740 292 L555 345 Z" fill="url(#dark)"/>
    <path d="M120 320 L150 470 Q160 510 200 510 H480 Q520 510 530 470 L560 320 Z" fill="url(#body)"/>
    <ellipse cx="340" cy="320" rx="222" ry="62" fill="url(#light)"/>
    <ellipse cx="340" cy="326" rx="202" ry="52" fill="#2d2f33"/>
    <ellipse cx="340" cy="345" rx="165" ry="34" fill="#3c3f44"/>
    <path d="M165 350 L190 470" stroke="#fff" stroke-width="12" opacity="0.25" stroke-linecap="round"/>
    """

  static let knife = """
    <g transform="rotate(-24 400 320)">
    <path d="M90 330 Q140 395 300 398 L470 398 V318 H180 Q120 318 90 330 Z" fill="url(#metal)"/>
    <path d="M90 330 Q140 395 300 398 L470 398 V384 H310 Q170 380 90 330 Z" fill="#eef1f4"/>
    <rect x="468" y="312" width="22" height="92" rx="4" fill="url(#dark)"/>
    <path d="M490 318 H690 Q725 322 718 362 Q712 396 680 392 Q590 380 490 394 Z" fill="url(#body)"/>
    <circle cx="540" cy="352" r="9" fill="#d5d9de"/><circle cx="600" cy="350" r="9" fill="#d5d9de"/>
    <circle cx="660" cy="352" r="9" fill="#d5d9de"/>
    </g>
    """

  static let lamp = """
    <ellipse cx="400" cy="310" rx="330" ry="240" fill="url(#glow)"/>
    <rect x="391" y="270" width="18" height="240" fill="url(#wood)"/>
    <ellipse cx="400" cy="515" rx="110" ry="22" fill="url(#wood)"/>
    <ellipse cx="400" cy="508" rx="110" ry="20" fill="#e2bd8a"/>
    <path d="M310 90 H490 L560 300 H240 Z" fill="url(#body)"/>
    <path d="M310 90 H360 L330 300 H240 Z" fill="#fff" opacity="0.18"/>
    <ellipse cx="400" cy="300" rx="160" ry="24" fill="#fff3d0"/>
    <ellipse cx="400" cy="90" rx="90" ry="12" fill="url(#side)"/>
    """
}
