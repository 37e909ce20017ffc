
/// The index of this invocation within its slice, x before y: see `Dispatch::workgroups`.
fn linear_id(id: vec3<u32>, groups: vec3<u32>) -> u32 {
    return id.x + id.y * groups.x * 64u;
}
