// The listing as plain values. Every ListProducts call makes fresh messages of them, as a service does with
// what it holds; nothing is encoded in advance.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "bench.pb.h"

namespace catalog {

struct Image {
  std::string id, url, alt;
  int position;
};

struct Variant {
  std::string id, sku, title;
  int64_t price_minor, available;
};

struct Product {
  std::string id, slug, title, description, brand, category_id, seller_id, currency;
  int64_t price_minor;
  double rating;
  int rating_count;
  std::vector<std::string> tags;
  std::vector<Image> images;
  std::vector<Variant> variants;
};

constexpr int kProducts = 100, kTags = 3, kImages = 4, kVariants = 6, kDescriptionBytes = 300;

inline Product product(int index) {
  const std::string phrase = "Lorem ipsum dolor sit amet, ";
  const std::string n = std::to_string(10'000'000 + index);
  Product p;
  p.id = "prod-" + n;
  p.slug = "a-fine-product-" + n;
  p.title = "A fine product number " + n;
  while (p.description.size() < kDescriptionBytes) p.description += phrase;
  p.description.resize(kDescriptionBytes);
  p.brand = "brand-" + n;
  p.category_id = "category-" + n;
  p.seller_id = "seller-" + n;
  p.currency = "EUR";
  p.price_minor = 1000 + index;
  p.rating = 3.5 + (index % 16) / 16.0;
  p.rating_count = 100 + index;
  for (int k = 0; k < kTags; k++) p.tags.push_back("tag-" + n + "-" + std::to_string(k));
  for (int k = 0; k < kImages; k++) {
    const std::string nth = std::to_string(k);
    p.images.push_back({"img-" + n + "-" + nth, "https://images.example.com/products/" + n + "/" + nth + ".webp",
                        "Picture " + nth + " of product " + n, k + 1});
  }
  for (int k = 0; k < kVariants; k++) {
    const std::string nth = std::to_string(k);
    p.variants.push_back({"var-" + n + "-" + nth, "SKU-" + n + "-" + nth, "Variant " + nth + " of product " + n,
                          1000 + index, 7 + k});
  }
  return p;
}

inline std::vector<Product> listing() {
  std::vector<Product> all;
  for (int i = 0; i < kProducts; i++) all.push_back(product(i));
  return all;
}

inline void write(const Product& from, bench::v1::Product& to) {
  to.set_id(from.id);
  to.set_slug(from.slug);
  to.set_title(from.title);
  to.set_description(from.description);
  to.set_brand(from.brand);
  to.set_category_id(from.category_id);
  to.set_seller_id(from.seller_id);
  to.set_price_minor(from.price_minor);
  to.set_currency(from.currency);
  to.set_rating(from.rating);
  to.set_rating_count(from.rating_count);
  for (const auto& tag : from.tags) to.add_tags(tag);
  for (const auto& image : from.images) {
    auto& m = *to.add_images();
    m.set_id(image.id);
    m.set_url(image.url);
    m.set_alt(image.alt);
    m.set_position(image.position);
  }
  for (const auto& variant : from.variants) {
    auto& m = *to.add_variants();
    m.set_id(variant.id);
    m.set_sku(variant.sku);
    m.set_title(variant.title);
    m.set_price_minor(variant.price_minor);
    m.set_available(variant.available);
  }
}

inline void write(const std::vector<Product>& all, int size, bench::v1::ListReply& to) {
  const int count = std::clamp(size, 0, static_cast<int>(all.size()));
  for (int i = 0; i < count; i++) write(all[i], *to.add_products());
}

}  // namespace catalog
