internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.CategoryService`.
struct CategoryHandlers: CategoryService {
  func createCategory(_ request: CreateCategoryRequest, _ call: Call) async throws -> CreateCategoryResponse {
    let creation = try CategoryCreation(request, in: call.arena)
    return try await call.work(request, id: creation.requestID, contending: [.categoryTree]) { work in
      try await creation.carryOut(in: work)
    }
  }

  func updateCategory(_ request: UpdateCategoryRequest, _ call: Call) async throws -> UpdateCategoryResponse {
    let update = try CategoryUpdate(request, in: call.arena)
    return try await call.work(request, id: update.requestID, contending: [.categoryTree]) { work in
      try await update.carryOut(in: work)
    }
  }

  func moveCategory(_ request: MoveCategoryRequest, _ call: Call) async throws -> MoveCategoryResponse {
    let move = try CategoryMove(request)
    return try await call.work(request, id: move.requestID, contending: [.categoryTree]) { work in
      try await move.carryOut(in: work)
    }
  }

  func mergeCategories(_ request: MergeCategoriesRequest, _ call: Call) async throws -> MergeCategoriesResponse {
    let merge = try CategoryMerge(request)
    return try await call.work(request, id: merge.requestID, contending: [.categoryTree]) { work in
      try await merge.carryOut(in: work)
    }
  }

  func deleteCategory(_ request: DeleteCategoryRequest, _ call: Call) async throws -> DeleteCategoryResponse {
    let deletion = try CategoryDeletion(request)
    return try await call.work(request, id: deletion.requestID, contending: [.categoryTree]) { work in
      try await deletion.carryOut(in: work)
    }
  }
}
