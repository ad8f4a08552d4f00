import RPC

extension AccessRow {
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)

  static let catalog = [
    AccessRow(
      "fastshop.catalog.v1.CatalogService/GetProduct", TestCaller.everybody,
      .one("id", own: found, others: found, absent: missing) { things, whose in
        AccessRequest(
          json: "{\"id\": \"\(things.shop(whose, \.product))\"}", names: [things.shop(whose, \.product)])
      },
      // What is not on sale is there for nobody.
      .one("id", own: missing, others: missing, absent: missing) { things, whose in
        let id = things.shop(whose, \.hiddenProduct)
        return AccessRequest(json: "{\"id\": \"\(id)\"}", names: [id])
      },
      .one("slug", own: missing, others: missing, absent: missing) { things, whose in
        // Named after the hidden product's id: see AccessEnvironment.
        let slug = "hidden-" + things.shop(whose, \.hiddenProduct)
        return AccessRequest(json: "{\"slug\": \"\(slug)\"}", names: [slug])
      }),
    AccessRow(
      "fastshop.catalog.v1.CatalogService/BatchGetProducts", TestCaller.everybody,
      .list("ids", own: TestCaller.everybody, others: TestCaller.everybody) { things in
        let ids = things.shops.map(\.product)
        return AccessRequest(json: "{\"ids\": [\"\(ids[0])\", \"\(ids[1])\"]}", names: ids)
      },
      .one("ids", own: found, others: found, absent: found) { things, whose in
        let id = things.shop(whose, \.hiddenProduct)
        return AccessRequest(json: "{\"ids\": [\"\(id)\"]}", names: [id])
      }),
    AccessRow(
      "fastshop.catalog.v1.CatalogService/ListProducts", TestCaller.everybody,
      .list("seller_id", own: TestCaller.everybody, others: []) { things in
        AccessRequest(
          json: "{\"page_size\": 250, \"seller_id\": \"\(things.shops[0].seller)\"}",
          names: [things.shops[0].product, things.shops[1].product])
      },
      .list("seller_id", own: [], others: []) { things in
        AccessRequest(
          json: "{\"page_size\": 250, \"seller_id\": \"\(things.shops[0].seller)\"}",
          names: [things.shops[0].hiddenProduct, things.shops[1].hiddenProduct])
      },
      .one("category_id", own: found, others: found, absent: found) { things, whose in
        AccessRequest(json: "{\"category_id\": \"\(things.shop(whose, \.category))\"}")
      }),
    AccessRow(
      "fastshop.catalog.v1.CatalogService/ListCategories", TestCaller.everybody,
      .one("parent_id", own: found, others: found, absent: missing) { things, whose in
        let id = things.shop(whose, \.category)
        return AccessRequest(json: "{\"parent_id\": \"\(id)\"}", names: [id])
      }),
  ]
}
