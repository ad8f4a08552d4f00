import CProtobufC
import Protobuf

/// What protobuf-c itself makes of a message.
func packedByProtobufC(_ message: MessageStorage) -> [UInt8] {
  let pointer = UnsafePointer<ProtobufCMessage>(message.pointer.assumingMemoryBound(to: ProtobufCMessage.self))
  return [UInt8](unsafeUninitializedCapacity: protobuf_c_message_get_packed_size(pointer)) { room, count in
    count = protobuf_c_message_pack(pointer, room.baseAddress)
  }
}
