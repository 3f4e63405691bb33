-- name: list_hosts
select g.host_group_id, g.name, array_to_string(array(select name from hosts h where h.host_group_id = g.host_group_id
                                                      order by name), ' '),
       g.connections_as_source, g.connections_as_destination,
       coalesce(nullif(g.connections_as_source, 0), c.connections_as_source),
       coalesce(nullif(g.connections_as_destination, 0), c.connections_as_destination),
       (select count(*) from host_slots s where s.host_group_id = g.host_group_id and s.side = 'source'
        and s.pass_id is not null),
       (select count(*) from host_slots s where s.host_group_id = g.host_group_id and s.side = 'destination'
        and s.pass_id is not null)
from host_groups g cross join cluster c
where g.host_group_id > $1 and ($2 = '' or g.host_group_id = $2) order by g.host_group_id limit $3;

-- name: set_limits
update host_groups set connections_as_source = $2, connections_as_destination = $3 where host_group_id = $1;

-- name: set_default_limits
update cluster set connections_as_source = $1, connections_as_destination = $2
where (connections_as_source, connections_as_destination) is distinct from ($1, $2);
